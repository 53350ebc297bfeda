namespace LlamaSpan;

/// <summary>Sequences outside the context: where those go that it has no room for, and where prompts may find their beginning.</summary>
internal interface IPrefixStore : IDisposable
{
    /// <summary>Copies a sequence's cells before they are given up.</summary>
    void Offer(CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens, long now);

    /// <summary>How much of a prompt's beginning is stored, and the tokens of the longest such sequence.</summary>
    (StoredPrefix? Prefix, int Length) Find(string name, ReadOnlySpan<LlamaToken> tokens);

    /// <summary>Loads stored cells into an empty sequence of the context; false if they turn out unusable.</summary>
    bool Load(StoredPrefix prefix, Sequence sequence, long now);
}
