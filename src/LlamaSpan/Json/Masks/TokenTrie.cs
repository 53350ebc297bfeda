using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>
/// Byte strings as a flat trie in depth-first order: node i is a byte, the first node after its subtree, and the first of the entries that
/// end there. A reading that dies at a node goes on at <see cref="Skip"/>.
/// </summary>
internal sealed class TokenTrie
{
    private readonly int[] _parent;
    private readonly int[] _roots = new int[256];

    public TokenTrie(IReadOnlyList<(byte[] Bytes, int Id)> entries)
    {
        (byte[] Bytes, int Id)[] sorted = [.. entries];
        Array.Sort(sorted, (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes) is var c && c != 0 ? c : a.Id.CompareTo(b.Id));
        var bytes = new List<byte>();
        var skip = new List<int>();
        var depth = new List<byte>();
        var first = new List<int>();
        var parent = new List<int>();
        Ids = new int[sorted.Length];
        var path = new List<int>();
        byte[] before = [];
        for (int i = 0; i < sorted.Length; i++)
        {
            (byte[] text, int id) = sorted[i];
            Ids[i] = id;
            int common = before.AsSpan().CommonPrefixLength(text);
            while (path.Count > common)
            {
                skip[path[^1]] = bytes.Count;
                path.RemoveAt(path.Count - 1);
            }
            for (int d = common; d < text.Length; d++)
            {
                parent.Add(path.Count == 0 ? -1 : path[^1]);
                path.Add(bytes.Count);
                bytes.Add(text[d]);
                skip.Add(0);
                depth.Add((byte)Math.Min(d, 255));
                first.Add(-1);
            }
            if (text.Length > 0 && first[path[^1]] < 0)
                first[path[^1]] = i;
            before = text;
        }
        while (path.Count > 0)
        {
            skip[path[^1]] = bytes.Count;
            path.RemoveAt(path.Count - 1);
        }
        (Bytes, Skip, Depth, First, _parent) = ([.. bytes], [.. skip], [.. depth], [.. first], [.. parent]);
        Array.Fill(_roots, -1);
        for (int node = 0; node < Count; node = Skip[node])
            _roots[Bytes[node]] = node;
        Same = new bool[sorted.Length];
        for (int i = 1; i < sorted.Length; i++)
            Same[i] = sorted[i].Bytes.AsSpan().SequenceEqual(sorted[i - 1].Bytes);
        MaxDepth = depth.Count == 0 ? 0 : depth.Max() + 1;
    }

    public byte[] Bytes { get; }

    /// <summary>For each node, the first node that is not below it.</summary>
    public int[] Skip { get; }

    /// <summary>Number of bytes before the node's own.</summary>
    public byte[] Depth { get; }

    /// <summary>Index into <see cref="Ids"/> of the first entry that ends at the node, or -1.</summary>
    public int[] First { get; }

    public int[] Ids { get; }

    /// <summary>Whether an entry has the same bytes as the one before it.</summary>
    public bool[] Same { get; }

    public int MaxDepth { get; }

    public int Count => Bytes.Length;

    /// <summary>The child of a node (-1: the root) by a byte, or -1.</summary>
    public int Child(int node, byte b)
    {
        if (node < 0)
            return _roots[b];
        int end = Skip[node];
        for (int i = node + 1; i < end; i = Skip[i])
            if (Bytes[i] == b)
                return i;
        return -1;
    }

    /// <summary>The bytes after a node (-1: the root) and before the own byte of another below it.</summary>
    public ReadOnlySpan<byte> PathBetween(int above, int node, Span<byte> buffer)
    {
        int at = buffer.Length;
        for (int n = _parent[node]; n != above; n = _parent[n])
            buffer[--at] = Bytes[n];
        return buffer[at..];
    }

    /// <summary>Sets the bits of the entries that end at a node.</summary>
    public void AddEntries(int node, ulong[] mask)
    {
        int i = First[node];
        if (i < 0)
            return;
        do
        {
            mask[Ids[i] / 64] |= 1UL << (Ids[i++] % 64);
        }
        while (i < Ids.Length && Same[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddEntries(int node, List<int> into)
    {
        int i = First[node];
        if (i < 0)
            return;
        do
        {
            into.Add(Ids[i++]);
        }
        while (i < Ids.Length && Same[i]);
    }
}
