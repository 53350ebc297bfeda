namespace LlamaSpan;

internal sealed partial class SequenceCache
{
    private const int SmallestCut = 64;

    /// <summary>Evicts what is worth least until so many cells are free.</summary>
    /// <returns>False if that is not possible; what could be evicted then is.</returns>
    internal bool MakeRoom(int cells)
    {
        while (FreeCells < cells)
        {
            if (LeastValuable(perToken: true) is not { } victim)
                return false;
            Offer(victim);
            Shorten(victim, cells - FreeCells);
        }
        return true;
    }

    private bool MakeIdFree()
    {
        while (!_pool.CanKeep)
        {
            if (LeastValuable(perToken: false) is not { } victim)
                return false;
            Offer(victim);
            Drop(victim);
        }
        return true;
    }

    /// <summary>The kept sequence to evict first, by the value of its last token, or of all tokens that go with it.</summary>
    private CachedSequence? LeastValuable(bool perToken)
    {
        CachedSequence? least = null;
        double lowest = double.PositiveInfinity;
        foreach (CachedSequence sequence in _kept)
        {
            if (sequence.IsLocked)
                continue;
            int own = Rules.Recurrent ? sequence.Total : PrefixTree.OwnTail(sequence);
            double value = sequence.Node.Use.ValueOfToken(sequence.Length - own / 2, _tree.Clock) * (perToken ? 1 : own);
            if (value < lowest && !(perToken && own == 0))      // with no cell of its own it frees none
                (least, lowest) = (sequence, value);
        }
        return least;
    }

    /// <summary>Cuts the end off a kept sequence, as much as is needed or its last run has; what then is nobody's own is dropped.</summary>
    private void Shorten(CachedSequence sequence, int needed)
    {
        int run = sequence.Node.Length;
        int cut = Math.Min(run, (needed + SmallestCut - 1) / SmallestCut * SmallestCut);
        if (cut == sequence.Length || !Rules.CanCut(sequence))
        {
            Drop(sequence);
            return;
        }
        Cut(sequence, sequence.Length - cut);
        if (IsRedundant(sequence))
            Drop(sequence);
    }

    /// <summary>True if another sequence can give all that this one has.</summary>
    private bool IsRedundant(CachedSequence sequence)
    {
        if (sequence.Pins > 0)
            return false;
        foreach (CachedSequence other in sequence.Node.Holders)
            if (other != sequence && Rules.CanTake(other, sequence.Length))
                return true;
        foreach (PrefixNode child in sequence.Node.Children.Values)
            if (Rules.CanTake(child.AnyHolder(), sequence.Length))
                return true;
        return false;
    }

    /// <summary>Drops what is kept on the way to a sequence that has it all.</summary>
    private void DropRedundant(PrefixNode? node)
    {
        while (node is not null)
        {
            PrefixNode? parent = node.Parent;      // dropping may take the node out
            for (int i = node.Holders.Count - 1; i >= 0; i--)
                if (node.Holders[i] is { IsLocked: false } holder && IsRedundant(holder))
                    Drop(holder);
            node = parent;
        }
    }
}
