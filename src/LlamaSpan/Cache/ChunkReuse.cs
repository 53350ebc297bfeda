namespace LlamaSpan;

/// <summary>
/// Lets a prompt take the cells of its documents from where they were computed, in any order behind the same beginning, and move them to
/// where they stand now. Approximate: a moved document has seen those that stood in front of it then, not those that do now, but for its
/// first tokens, which are computed anew (LegoLink of EPIC, arXiv:2410.15332). A document loses most if it was computed with none in front of it
/// and now has one (benchmarks/results). <see cref="LlamaEngine.MeasureLossAsync(ReadOnlyMemory{LlamaToken}, ReadOnlyMemory{LlamaToken}, ChunkReuse, RequestOptions?, CancellationToken)"/>
/// tells what it changes.
/// </summary>
public sealed record ChunkReuse
{
    /// <summary>Names the documents of a prompt.</summary>
    /// <param name="documents">Where they stand, first one first; those that are not stable are computed.</param>
    /// <param name="recomputedTokens">Tokens at the beginning of each that are computed anew, 0 or more.</param>
    /// <exception cref="ArgumentException">The documents overlap or are out of order.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
    public ChunkReuse(IReadOnlyList<DocumentSegment> documents, int recomputedTokens = 16)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentOutOfRangeException.ThrowIfNegative(recomputedTokens);
        int end = 0;
        foreach (DocumentSegment document in documents)
        {
            if (document.Start < end || document.Count < 0)
                throw new ArgumentException($"A document is at tokens {document.Start} to {(long)document.Start + document.Count}; it must begin at {end} or behind.", nameof(documents));
            end = checked(document.Start + document.Count);
        }
        (Documents, RecomputedTokens) = ([.. documents], recomputedTokens);
    }

    /// <summary>Where the documents stand in the prompt.</summary>
    public IReadOnlyList<DocumentSegment> Documents { get; }

    /// <summary>Tokens at the beginning of each that are computed anew.</summary>
    public int RecomputedTokens { get; }

    /// <exception cref="ArgumentException">A document reaches to the prompt's end.</exception>
    internal void Check(int promptLength, string name)
    {
        if (Documents is [.., var last] && last.End >= promptLength)
            throw new ArgumentException($"A document ends at token {last.End}; of the prompt's {promptLength} tokens at least one must stand behind it.", name);
    }
}
