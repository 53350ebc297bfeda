namespace LlamaSpan;

/// <summary>What of given texts a grounded string may be.</summary>
public enum GroundingUnit
{
    /// <summary>Any part of one text, from one character to another; the empty string too.</summary>
    Substring,

    /// <summary>One whole sentence: what stands between full stops, question and exclamation marks followed by white space, and line breaks.</summary>
    Sentence,

    /// <summary>One whole text.</summary>
    Whole,
}
