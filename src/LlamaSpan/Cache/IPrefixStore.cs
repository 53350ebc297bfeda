namespace LlamaSpan;

/// <summary>Sequences outside the context: where those go that it has no room for, and where prompts may find their beginning.</summary>
internal interface IPrefixStore : IDisposable
{
    /// <summary>Copies a sequence's cells before they are given up.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="name">Its namespace.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="now">The time, as <see cref="PrefixTree.Clock"/> counts it.</param>
    /// <param name="wait">True to wait where a slow disk has no room for more yet; else they are let go.</param>
    void Offer(CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens, long now, bool wait);

    /// <summary>How much of a prompt's beginning is stored, and the tokens of the longest such sequence.</summary>
    (StoredPrefix? Prefix, int Length) Find(string name, ReadOnlySpan<LlamaToken> tokens);

    /// <summary>Begins to bring what is stored of a prompt's beginning to where it can be loaded at once, on another thread.</summary>
    /// <param name="name">The prompt's namespace.</param>
    /// <param name="tokens">The prompt.</param>
    /// <param name="have">How much of it the context has.</param>
    /// <param name="done">Called when it is there, or cannot be had; from any thread.</param>
    /// <returns>False if there is nothing to bring.</returns>
    bool Prefetch(string name, ReadOnlySpan<LlamaToken> tokens, int have, Action done);

    /// <summary>Loads stored cells into an empty sequence of the context; false if they turn out unusable.</summary>
    bool Load(StoredPrefix prefix, Sequence sequence, long now);
}
