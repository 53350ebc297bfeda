namespace LlamaSpan;

/// <summary>A document in the tokens of a prompt.</summary>
/// <param name="Start">Its first token.</param>
/// <param name="Count">Number of its tokens.</param>
/// <param name="IsStable">
/// True if these tokens hold the document and nothing else, and are just those that it has by itself: proved by comparing the tokenisation
/// of the whole prompt with that of the document alone. Wherever else it is stable it has the same tokens.
/// </param>
public readonly record struct DocumentSegment(int Start, int Count, bool IsStable)
{
    /// <summary>The token behind it.</summary>
    public int End => Start + Count;
}
