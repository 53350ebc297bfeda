namespace LlamaSpan;

/// <summary>What makes a lazy grammar begin.</summary>
public enum GrammarTriggerKind
{
    /// <summary>A token.</summary>
    Token,

    /// <summary>A text anywhere in the answer.</summary>
    Word,

    /// <summary>An ECMAScript regular expression found anywhere in the answer.</summary>
    Pattern,

    /// <summary>An ECMAScript regular expression that matches the answer from its start.</summary>
    FullPattern,
}
