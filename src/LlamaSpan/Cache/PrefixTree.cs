namespace LlamaSpan;

/// <summary>
/// The tokens of all sequences as a radix tree, one tree a namespace. Tokens that sequences share stand in it once, as they stand in the
/// cache. A sequence's path always ends at the end of a node. Knows nothing of the native cache.
/// </summary>
internal sealed class PrefixTree
{
    private readonly Dictionary<string, PrefixNode> _roots = [];

    /// <summary>Different tokens, all namespaces together: the cells that the sequences' paths take.</summary>
    internal int TokenCount { get; private set; }

    /// <summary>Those of them that sequences which must stay have.</summary>
    internal int LockedTokens { get; private set; }

    /// <summary>Counts requests: the clock of <see cref="PrefixUse"/>.</summary>
    internal long Clock { get; private set; }

    /// <summary>Number of namespaces that hold anything.</summary>
    internal int NamespaceCount => _roots.Count;

    /// <summary>The beginning of a namespace that has one.</summary>
    internal PrefixNode? TryRoot(string name) => _roots.GetValueOrDefault(name);

    private PrefixNode Root(string name)
    {
        if (!_roots.TryGetValue(name, out PrefixNode? root))
            _roots.Add(name, root = PrefixNode.Root(name));
        return root;
    }

    /// <summary>Adds a sequence that must stay, with no token yet.</summary>
    internal CachedSequence Open(Sequence sequence, string name)
    {
        CachedSequence opened = new(sequence, Root(name));
        opened.Node.Holders.Add(opened);
        Lock(opened.Node, 1);
        return opened;
    }

    /// <summary>Finds how far a path goes on from a node.</summary>
    /// <param name="from">The node; <paramref name="tokens"/> stand behind its end.</param>
    /// <param name="tokens">The tokens.</param>
    internal static PrefixMatch Find(PrefixNode from, ReadOnlySpan<LlamaToken> tokens)
    {
        PrefixNode node = from;
        while (!tokens.IsEmpty && node.Child(tokens[0]) is { } child)
        {
            int shared = child.Tokens.CommonPrefixLength(tokens);
            node = child;
            if (shared < child.Length)
                return new PrefixMatch(child, child.Depth + shared);
            tokens = tokens[shared..];
        }
        return new PrefixMatch(node, node.End);
    }


    /// <summary>Tokens up to a match that nothing keeps from being evicted yet.</summary>
    internal static int UnlockedOnPath(PrefixMatch match)
    {
        int count = 0;
        for (PrefixNode node = match.Node; node.Locks == 0 && node.Parent is not null; node = node.Parent)
            count += Math.Min(node.End, match.Length) - node.Depth;
        return count;
    }

    /// <summary>Counts a request.</summary>
    internal void Tick() => Clock++;

    /// <summary>Counts a use of everything up to a match.</summary>
    internal void Touch(PrefixNode node)
    {
        for (PrefixNode? at = node; at?.Parent is not null; at = at.Parent)
            at.Use = new PrefixUse(at.Use.Count + 1, Clock);
    }

    /// <summary>Moves a sequence's end along a path that is in the tree.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="towards">A node behind it on its path.</param>
    /// <param name="length">Where its path shall end, at most at that node's end.</param>
    internal void Advance(CachedSequence sequence, PrefixNode towards, int length) => Move(sequence, At(towards, length));

    /// <summary>Appends tokens to a sequence's path; the tree does not go on with them there.</summary>
    internal void Extend(CachedSequence sequence, ReadOnlySpan<LlamaToken> tokens)
    {
        PrefixNode node = sequence.Node;
        TokenCount += tokens.Length;
        if (node.Parent is not null && node.Children.Count == 0 && node.Holders.Count == 1)
        {
            node.Append(tokens);
            node.Use = node.Use with { Last = Clock };
            LockedTokens += node.Locks > 0 ? tokens.Length : 0;
            return;
        }
        PrefixNode child = node.Add(tokens);
        child.Use = new PrefixUse(0, Clock);
        Move(sequence, child);
    }

    /// <summary>Shortens a sequence's path.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="length">Tokens to keep, at most as many as it has.</param>
    internal void Trim(CachedSequence sequence, int length) => Move(sequence, At(sequence.Node, length));

    /// <summary>Takes a sequence out, and the tokens that only it had.</summary>
    internal void Remove(CachedSequence sequence)
    {
        if (sequence.IsLocked)
            Lock(sequence.Node, -1);
        sequence.Node.Holders.Remove(sequence);
        Prune(sequence.Node);
    }

    /// <summary>Changes whether a sequence must stay.</summary>
    internal void SetLock(CachedSequence sequence, bool running, int pins)
    {
        bool before = sequence.IsLocked;
        (sequence.IsRunning, sequence.Pins) = (running, pins);
        if (before != sequence.IsLocked)
            Lock(sequence.Node, before ? -1 : 1);
    }

    /// <summary>A sequence's namespace and the tokens of its path.</summary>
    internal static (string Name, LlamaToken[] Tokens) PathOf(CachedSequence sequence)
    {
        LlamaToken[] tokens = new LlamaToken[sequence.Length];
        PrefixNode node = sequence.Node;
        for (; node.Parent is not null; node = node.Parent)
            node.Tokens.CopyTo(tokens.AsSpan(node.Depth));
        return (node.Name!, tokens);
    }

    /// <summary>How many tokens at the end of its path only this sequence has.</summary>
    internal static int OwnTail(CachedSequence sequence)
    {
        int count = 0, holders = 1, children = 0;
        for (PrefixNode node = sequence.Node; node.Parent is not null && node.Holders.Count == holders && node.Children.Count == children; node = node.Parent)
        {
            count += node.Length;
            (holders, children) = (0, 1);
        }
        return count;
    }

    /// <summary>The node that ends at a length, on the way to a node or within it.</summary>
    private static PrefixNode At(PrefixNode node, int length)
    {
        while (node.Parent is not null && node.Depth >= length)
            node = node.Parent;
        return length == node.End ? node : node.Split(length - node.Depth);
    }

    private void Move(CachedSequence sequence, PrefixNode to)
    {
        PrefixNode from = sequence.Node;
        if (from == to)
            return;
        to.Holders.Add(sequence);
        sequence.Node = to;
        if (sequence.IsLocked)
        {
            Lock(to, 1);
            Lock(from, -1);
        }
        from.Holders.Remove(sequence);
        Prune(from);
    }

    private void Lock(PrefixNode node, int change)
    {
        for (PrefixNode? at = node; at is not null; at = at.Parent)
        {
            bool before = at.Locks > 0;
            at.Locks += change;
            if (before != at.Locks > 0)
                LockedTokens += before ? -at.Length : at.Length;
        }
    }

    private void Prune(PrefixNode node)
    {
        while (node.Parent is { } parent && node.Holders.Count == 0 && node.Children.Count == 0)
        {
            TokenCount -= node.Length;
            node.Detach();
            node = parent;
        }
        if (node is { Name: { } name, Holders.Count: 0, Children.Count: 0 })
            _roots.Remove(name);
        else
            node.TryJoinChild();
    }
}
