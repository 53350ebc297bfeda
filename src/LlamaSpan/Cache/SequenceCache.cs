namespace LlamaSpan;

/// <summary>
/// The sequences of one context: those of running requests and those kept because a later prompt may begin alike. Prompts share cells with
/// whatever sequence has them, running or kept. Used by the context's owner alone.
/// </summary>
internal sealed partial class SequenceCache
{
    private readonly LlamaContext _context;
    private readonly KvCache _cells;
    private readonly PrefixTree _tree = new();
    private readonly SequencePool _pool;
    private readonly List<CachedSequence> _running = [];
    private readonly List<CachedSequence> _kept = [];

    /// <summary>Takes over a context's sequences.</summary>
    /// <param name="context">Its cache is as the rules say.</param>
    /// <param name="pool">Its ids.</param>
    /// <param name="rules">What its model allows.</param>
    /// <param name="store">Where evicted sequences go; null for nowhere.</param>
    internal SequenceCache(LlamaContext context, SequencePool pool, ReuseRules rules, IPrefixStore? store = null) =>
        (_context, _cells, _pool, Rules, Store) = (context, context.Cache, pool, rules, store);

    internal ReuseRules Rules { get; }

    /// <summary>Where evicted sequences go; null for nowhere.</summary>
    internal IPrefixStore? Store { get; set; }

    internal IReadOnlyList<CachedSequence> Running => _running;

    internal IReadOnlyList<CachedSequence> Kept => _kept;

    internal int Capacity => _cells.Capacity;

    /// <summary>Most cells that one sequence can have.</summary>
    internal int LongestSequence => _context.SequenceSize;

    internal bool CanOpen => _pool.CanRun;

    /// <summary>Namespaces that have anything cached.</summary>
    internal int NamespaceCount => _tree.NamespaceCount;

    /// <summary>Cells in use, those of the batch being made included.</summary>
    internal int UsedCells => Rules.CopiesCells ? Sum(_running) + Sum(_kept) : _tree.TokenCount + PrivateCells + MovedCells;

    internal int FreeCells => Capacity - UsedCells;

    /// <summary>Cells in use that cannot be evicted.</summary>
    internal int LockedCells => Rules.CopiesCells ? Sum(_running) + Pinned() : _tree.LockedTokens + PrivateCells + MovedCells;

    private int PrivateCells
    {
        get
        {
            int count = 0;
            foreach (CachedSequence sequence in _running)
                count += sequence.Private;
            return count;
        }
    }

    /// <summary>How much of a prompt is cached, and how many of those cells could be evicted now.</summary>
    internal (int Matched, int Unlocked) Look(string name, ReadOnlySpan<LlamaToken> tokens)
    {
        if (Rules.CopiesCells || _tree.TryRoot(name) is not { } root)
            return default;
        PrefixMatch match = PrefixTree.Find(root, tokens);
        return Rules.CanTake(match.Node.AnyHolder(), match.Length) ? (match.Length, PrefixTree.UnlockedOnPath(match)) : default;
    }

    /// <summary>Why a prompt is not wholly cached.</summary>
    internal PrefixMiss Explain(string name, ReadOnlySpan<LlamaToken> tokens)
    {
        if (_tree.TryRoot(name) is not { } root)
            return new PrefixMiss(0, tokens[0], []);
        PrefixMatch match = PrefixTree.Find(root, tokens);
        return match.Length == tokens.Length
            ? new PrefixMiss(match.Length, LlamaToken.None, [])
            : new PrefixMiss(match.Length, tokens[match.Length], match.Continuations);
    }

    /// <summary>Begins an empty sequence for a request.</summary>
    internal CachedSequence Open(string name)
    {
        _tree.Tick();
        CachedSequence opened = _tree.Open(_pool.TakeForRunning(), name);
        _running.Add(opened);
        return opened;
    }

    /// <summary>Brings a sequence as far along some tokens as another one already is, by sharing that one's cells, or copying them where they cannot be shared.</summary>
    /// <param name="sequence">A running sequence.</param>
    /// <param name="tokens">What it shall hold.</param>
    /// <param name="limit">How many of them may come from the cache.</param>
    /// <returns>True if another sequence is computing the next of these tokens in the batch being made, so that waiting saves them.</returns>
    internal bool Reuse(CachedSequence sequence, ReadOnlySpan<LlamaToken> tokens, int limit)
    {
        if (sequence.Private > 0 || sequence.Total >= limit || (Rules.Recurrent && sequence.Total > 0))
            return false;
        PrefixMatch match = PrefixTree.Find(sequence.Node, tokens[sequence.Total..limit]);
        if (match.Length < sequence.Total + Rules.LeastTaken(LongestSequence))
            return false;
        CachedSequence source = match.Node.AnyHolder();
        int length = Math.Min(match.Length, source.Settled);
        if (Rules.OwnBuffers && length < match.Length)
            return true;      // copied once, when all is there
        if (!Rules.CanTake(source, length))
        {
            if (WholeBefore(match, sequence) is not { } whole)
                return false;
            (source, length, match) = (whole, whole.Length, new PrefixMatch(whole.Node, whole.Length));
        }
        if (length > sequence.Total)
            Share(source, sequence, match.Node, length);
        return match.Length > sequence.Total;
    }

    /// <summary>Counts tokens that go into the batch being made.</summary>
    /// <param name="sequence">Their sequence.</param>
    /// <param name="tokens">The tokens behind those it has.</param>
    /// <param name="share">True if other prompts may begin with them.</param>
    internal void Grow(CachedSequence sequence, ReadOnlySpan<LlamaToken> tokens, bool share)
    {
        if (share && !Rules.Recurrent && sequence.Private == 0 && sequence.Node.Child(tokens[0]) is null)
            _tree.Extend(sequence, tokens);
        sequence.Total += tokens.Length;
        sequence.Peak = Math.Max(sequence.Peak, sequence.Total);
    }

    /// <summary>The batch was decoded.</summary>
    internal static void Settle(CachedSequence sequence) => sequence.Settled = sequence.Total;

    /// <summary>
    /// The batch failed. The context took the batch's tokens back; where it could not, or a window may have lost cells, the sequence is emptied.
    /// </summary>
    internal void TakeBack(CachedSequence sequence)
    {
        bool intact = _cells.LastPosition(sequence.Sequence) + 1 == sequence.Settled && Rules.Window == 0;
        if (!intact)
        {
            _cells.Remove(sequence.Sequence);
            sequence.Settled = 0;
        }
        if (sequence.Settled < sequence.Length)
            _tree.Trim(sequence, sequence.Settled);
        sequence.Total = sequence.Settled;
    }

    /// <summary>Takes decoded tokens at the end back; only where <see cref="ReuseRules.CanCut"/>.</summary>
    internal void Cut(CachedSequence sequence, int length)
    {
        _cells.Remove(sequence.Sequence, length);
        if (length < sequence.Length)
            _tree.Trim(sequence, length);
        sequence.Total = sequence.Settled = length;
    }

    /// <summary>Ends a request's use of a sequence.</summary>
    /// <param name="sequence">The sequence, settled.</param>
    /// <param name="tokens">All tokens it has.</param>
    /// <param name="keep">True to keep it for later prompts.</param>
    /// <returns>True if it is kept, as this sequence.</returns>
    internal bool Close(CachedSequence sequence, ReadOnlySpan<LlamaToken> tokens, bool keep)
    {
        if (!keep || sequence.Total == 0 || _pool.KeptLimit == 0 || !Publish(sequence, tokens) || IsRedundant(sequence) || !MakeIdFree())
        {
            Drop(sequence);
            return false;
        }
        _pool.Keep();
        _running.Remove(sequence);
        _kept.Add(sequence);
        _tree.SetLock(sequence, running: false, sequence.Pins);
        DropRedundant(sequence.Node.Parent);
        return true;
    }

    /// <summary>
    /// Copies a whole sequence to an empty one. For recurrent models, whose sequences are not in the tree while they run, so that
    /// <see cref="Reuse"/> does not find them.
    /// </summary>
    internal void Fork(CachedSequence source, CachedSequence to)
    {
        _cells.Copy(source.Sequence, to.Sequence);
        to.Total = to.Settled = source.Total;
        to.Peak = source.Peak;
    }

    /// <summary>Brings an empty sequence back from host memory; where that fails it stays empty, to be computed again.</summary>
    internal void Restore(CachedSequence sequence, SavedSequence saved, ReadOnlySpan<LlamaToken> tokens)
    {
        try
        {
            _context.LoadState(sequence.Sequence, saved.Bytes);
        }
        catch (StateException)
        {
            return;
        }
        sequence.Total = sequence.Settled = saved.Tokens;
        sequence.Peak = saved.Peak;
        Publish(sequence, tokens);
    }

    /// <summary>Adds to the pins of a sequence, or takes some off.</summary>
    internal void Pin(CachedSequence sequence, int change) => _tree.SetLock(sequence, sequence.IsRunning, sequence.Pins + change);

    /// <summary>Takes one pin off a kept sequence.</summary>
    internal void Unpin(CachedSequence sequence)
    {
        Pin(sequence, -1);
        if (IsRedundant(sequence))
            Drop(sequence);
    }

    /// <summary>Forgets everything that is kept and not pinned.</summary>
    internal void Clear()
    {
        for (int i = _kept.Count - 1; i >= 0; i--)
            if (!_kept[i].IsLocked)
                Drop(_kept[i]);
    }

    private static int Sum(List<CachedSequence> sequences)
    {
        int count = 0;
        foreach (CachedSequence sequence in sequences)
            count += sequence.Total;
        return count;
    }

    private int Pinned()
    {
        int count = 0;
        foreach (CachedSequence sequence in _kept)
            count += sequence.IsLocked ? sequence.Total : 0;
        return count;
    }

    /// <summary>The longest sequence on the way to a match that can be taken whole; null if there is none.</summary>
    private CachedSequence? WholeBefore(PrefixMatch match, CachedSequence sequence)
    {
        for (PrefixNode? node = match.Node; node is not null && node.End > sequence.Total; node = node.Parent)
            if (node.End <= match.Length)
                foreach (CachedSequence holder in node.Holders)
                    if (holder.Private == 0 && Rules.CanTake(holder, holder.Length))
                        return holder;
        return null;
    }

    /// <summary>Gives a sequence the cells of another one behind its own.</summary>
    private void Share(CachedSequence source, CachedSequence to, PrefixNode towards, int length)
    {
        bool cut = Rules.CanCut(source);
        bool whole = length == source.Total && to.Total == 0;
        if (Rules.OwnBuffers)
            CopyBuffer(source, to, length);
        else
            _cells.Copy(source.Sequence, to.Sequence, to.Total, whole ? int.MaxValue : length);
        _tree.Advance(to, towards, length);
        to.Total = to.Settled = length;
        to.Peak = Math.Max(to.Peak, cut ? length : source.Peak);
        _tree.Touch(to.Node);
    }

    private void CopyBuffer(CachedSequence source, CachedSequence to, int length)
    {
        _cells.Copy(source.Sequence, to.Sequence);
        if (length < source.Settled)
            _cells.Remove(to.Sequence, length);
    }

    /// <summary>Puts a sequence's own cells into the tree; where another one has the same tokens, takes that one's cells instead.</summary>
    /// <returns>False if it cannot be kept.</returns>
    private bool Publish(CachedSequence sequence, ReadOnlySpan<LlamaToken> tokens)
    {
        while (sequence.Private > 0)
        {
            ReadOnlySpan<LlamaToken> own = tokens[sequence.Length..sequence.Total];
            PrefixMatch match = PrefixTree.Find(sequence.Node, own);
            if (match.Length == sequence.Length)
                _tree.Extend(sequence, own);
            else if (Rules.CopiesCells)
                _tree.Advance(sequence, match.Node, match.Length);
            else if (match.Node.AnyHolder() is var source && Rules.CanCut(sequence) && Rules.CanCut(source) && source.Settled >= match.Length)
                Replace(sequence, source, match);
            else
                return false;
        }
        return true;
    }

    /// <summary>Exchanges cells in the middle of a sequence for another one's, through the scratch sequence.</summary>
    private void Replace(CachedSequence sequence, CachedSequence source, PrefixMatch match)
    {
        bool rest = sequence.Total > match.Length;
        if (rest)
            _cells.Copy(sequence.Sequence, _pool.Scratch, match.Length, sequence.Total);
        _cells.Remove(sequence.Sequence, sequence.Length);
        _cells.Copy(source.Sequence, sequence.Sequence, sequence.Length, match.Length);
        if (rest)
        {
            _cells.Copy(_pool.Scratch, sequence.Sequence, match.Length, sequence.Total);
            _cells.Remove(_pool.Scratch);
        }
        _tree.Advance(sequence, match.Node, match.Length);
    }

    private void Drop(CachedSequence sequence)
    {
        _cells.Remove(sequence.Sequence);
        bool running = _running.Remove(sequence);
        if (!running)
            _kept.Remove(sequence);
        _tree.Remove(sequence);
        _pool.Return(sequence.Sequence, running);
    }
}
