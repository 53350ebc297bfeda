namespace LlamaSpan;

internal sealed partial class SequenceCache
{
    /// <summary>Brings a sequence further along some tokens by what is stored outside the context, if that has more of them.</summary>
    /// <param name="sequence">A running sequence without cells of its own.</param>
    /// <param name="name">Its namespace.</param>
    /// <param name="tokens">What it shall hold.</param>
    /// <param name="limit">How many of them may come from there.</param>
    internal void Fetch(CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens, int limit)
    {
        if ((Rules.OwnBuffers && _context.HasPendingMoves) || Stored(sequence, name, tokens[..limit]) is not { } found || !MakeRoom(found.Prefix.Tokens.Length))
            return;
        if (Stored(sequence, name, tokens[..limit]) != found)
            return;      // making room has moved things
        _cells.Remove(sequence.Sequence);
        _tree.Trim(sequence, 0);
        sequence.Total = sequence.Settled = 0;
        if (!Store!.Load(found.Prefix, sequence.Sequence, _tree.Clock))
            return;
        bool whole = found.Length == found.Prefix.Tokens.Length;
        if (!whole)
            _cells.Remove(sequence.Sequence, found.Length);
        sequence.Total = sequence.Settled = found.Length;
        sequence.Peak = whole ? found.Prefix.Peak : found.Length;
        Publish(sequence, tokens);
    }

    /// <summary>Begins to bring what is stored of a prompt to host memory, if that is more than the context has.</summary>
    /// <returns>False if there is nothing to wait for; else <paramref name="done"/> is called, from any thread.</returns>
    internal bool Prefetch(string name, ReadOnlySpan<LlamaToken> tokens, Action done)
    {
        if (Store is null)
            return false;
        int have = _tree.TryRoot(name) is { } root ? PrefixTree.Find(root, tokens).Length : 0;
        return Store.Prefetch(name, tokens, have, done);
    }

    /// <summary>Stores everything that is kept, if it can be relied on, and ends.</summary>
    internal void StoreAll(bool isSound)
    {
        if (Store is null)
            return;
        for (int i = 0; i < _kept.Count && isSound; i++)
            Offer(_kept[i], wait: true);
        Store.Dispose();
    }

    private (StoredPrefix Prefix, int Length)? Stored(CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens)
    {
        if (Store?.Find(name, tokens) is not ({ } prefix, var length) || length < sequence.Total + BlockIndex.BlockSize)
            return null;
        bool cuttable = !Rules.Recurrent && (Rules.Window == 0 || prefix.Peak < Rules.Window);
        return cuttable || length == prefix.Tokens.Length ? (prefix, length) : null;
    }

    private void Offer(CachedSequence sequence, bool wait = false)
    {
        if (Store is null || _context.HasPendingMoves)
            return;
        (string name, LlamaToken[] tokens) = PrefixTree.PathOf(sequence);
        Store.Offer(sequence, name, tokens, _tree.Clock, wait);
    }
}
