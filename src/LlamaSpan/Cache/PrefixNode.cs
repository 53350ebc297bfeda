using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>A run of tokens that every sequence below shares. Nodes that were split apart still lie in one buffer.</summary>
internal sealed class PrefixNode
{
    private LlamaToken[] _buffer = [];
    private int _start;

    /// <summary>The node in front of it; null for a root.</summary>
    internal PrefixNode? Parent { get; private set; }

    /// <summary>How many tokens stand in front of its first.</summary>
    internal int Depth { get; private set; }

    /// <summary>Number of its tokens; 0 only for a root.</summary>
    internal int Length { get; private set; }

    /// <summary>How many tokens a path to its end has.</summary>
    internal int End => Depth + Length;

    /// <summary>Its tokens.</summary>
    internal ReadOnlySpan<LlamaToken> Tokens => _buffer.AsSpan(_start, Length);

    /// <summary>What follows it, by first token.</summary>
    internal Dictionary<LlamaToken, PrefixNode> Children { get; } = [];

    /// <summary>The sequences that end at its end.</summary>
    internal List<CachedSequence> Holders { get; } = [];

    /// <summary>How many sequences at or below it must stay (running or pinned).</summary>
    internal int Locks { get; set; }

    /// <summary>How often a request took it from the cache, and at which request last.</summary>
    internal PrefixUse Use { get; set; }

    /// <summary>A root's namespace.</summary>
    internal string? Name { get; private init; }

    internal static PrefixNode Root(string name) => new() { Name = name };

    internal PrefixNode Add(ReadOnlySpan<LlamaToken> tokens)
    {
        PrefixNode child = new() { Parent = this, Depth = End, _buffer = tokens.ToArray(), Length = tokens.Length };
        Children.Add(tokens[0], child);
        return child;
    }

    /// <summary>Appends to a node that nothing follows.</summary>
    internal void Append(ReadOnlySpan<LlamaToken> tokens)
    {
        int end = _start + Length;
        if (end + tokens.Length > _buffer.Length)
        {
            LlamaToken[] larger = new LlamaToken[Math.Max(Length + tokens.Length, Length * 2)];
            Tokens.CopyTo(larger);
            (_buffer, _start, end) = (larger, 0, Length);
        }
        tokens.CopyTo(_buffer.AsSpan(end));      // behind a node without children nobody else looks
        Length += tokens.Length;
    }

    /// <summary>Makes the first <paramref name="count"/> tokens a node of their own, in front of this one.</summary>
    internal PrefixNode Split(int count)
    {
        PrefixNode front = new() { Parent = Parent, Depth = Depth, _buffer = _buffer, _start = _start, Length = count, Locks = Locks, Use = Use };
        Parent!.Children[_buffer[_start]] = front;
        (Parent, Depth, _start, Length) = (front, Depth + count, _start + count, Length - count);
        front.Children.Add(_buffer[_start], this);
        return front;
    }

    /// <summary>Joins a node that holds nothing but one child with that child, if they lie side by side and were used alike.</summary>
    internal bool TryJoinChild()
    {
        if (Parent is null || Holders.Count > 0 || Children.Count != 1)
            return false;
        PrefixNode child = Children.Values.First();
        if (child._buffer != _buffer || child._start != _start + Length || child.Use != Use)
            return false;
        (child.Parent, child.Depth, child._start, child.Length) = (Parent, Depth, _start, child.Length + Length);
        Parent.Children[_buffer[_start]] = child;
        return true;
    }

    internal void Detach() => Parent!.Children.Remove(_buffer[_start]);

    internal PrefixNode? Child(LlamaToken first) =>
        Children.TryGetValue(first, out PrefixNode? child) ? child : null;

    /// <summary>A sequence that has all tokens up to here: the first found at or below.</summary>
    internal CachedSequence AnyHolder()
    {
        PrefixNode node = this;
        while (node.Holders.Count == 0)
        {
            Dictionary<LlamaToken, PrefixNode>.ValueCollection.Enumerator children = node.Children.Values.GetEnumerator();
            children.MoveNext();      // a node without holders has children
            node = children.Current;
        }
        return CollectionsMarshal.AsSpan(node.Holders)[0];
    }
}
