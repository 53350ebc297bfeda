using System.Text;

namespace LlamaSpan;

/// <summary>A trie of property names in their one canonical JSON spelling, without the quotes.</summary>
internal sealed class KeyTrie
{
    private readonly List<(byte[] Bytes, int[] To)> _edges = [];
    private readonly List<int> _name = [];
    private readonly List<int> _low = [];
    private readonly List<int> _high = [];
    private readonly byte[][] _spellings;

    /// <param name="sorted">The names' spellings in ascending order; see <see cref="Spell"/> and <see cref="Order"/>.</param>
    public KeyTrie(byte[][] sorted)
    {
        _spellings = sorted;
        Build(0, sorted.Length, 0);
    }

    /// <summary>Compares spellings byte by byte.</summary>
    public static IComparer<byte[]> Order { get; } = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    /// <summary>The canonical spelling: short escapes where there are any, \u00xx for other control characters, nothing else escaped.</summary>
    public static byte[] Spell(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAny('"', '\\'))
            return Encoding.UTF8.GetBytes(text);
        var spelled = new StringBuilder();
        foreach (char c in text)
        {
            int i = "\"\\\b\f\n\r\t".IndexOf(c);
            if (i >= 0)
                spelled.Append('\\').Append("\"\\bfnrt"[i]);
            else if (c < ' ')
                spelled.Append($"\\u{(int)c:x4}");
            else
                spelled.Append(c);
        }
        return Encoding.UTF8.GetBytes(spelled.ToString());
    }

    /// <summary>The node one byte on, or -1. The root is node 0.</summary>
    public int Step(int node, byte b)
    {
        (byte[] bytes, int[] to) = _edges[node];
        int i = bytes.AsSpan().IndexOf(b);
        return i < 0 ? -1 : to[i];
    }

    /// <summary>The bytes that lead on from a node.</summary>
    public ReadOnlySpan<byte> Bytes(int node) => _edges[node].Bytes;

    /// <summary>Where each of <see cref="Bytes"/> leads.</summary>
    public ReadOnlySpan<int> Targets(int node) => _edges[node].To;

    /// <summary>The name that ends at a node, or -1.</summary>
    public int NameAt(int node) => _name[node];

    /// <summary>The name of a spelling, or -1.</summary>
    public int Find(ReadOnlySpan<byte> spelling)
    {
        int node = 0;
        foreach (byte b in spelling)
            if ((node = Step(node, b)) < 0)
                return -1;
        return _name[node];
    }

    /// <summary>A name's spelling.</summary>
    public ReadOnlySpan<byte> Spelling(int name) => _spellings[name];

    /// <summary>The names below a node: from Low to before High.</summary>
    public (int Low, int High) Below(int node) => (_low[node], _high[node]);

    private int Build(int low, int high, int depth)
    {
        int node = _edges.Count;
        _edges.Add(([], []));
        _name.Add(-1);
        _low.Add(low);
        _high.Add(high);
        if (low < high && _spellings[low].Length == depth)
            _name[node] = low++;
        var bytes = new List<byte>();
        var to = new List<int>();
        while (low < high)
        {
            // a chain of single children is walked without recursion only as deep as names are long
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
            byte b = _spellings[low][depth];
            int end = low;
            while (end < high && _spellings[end][depth] == b)
                end++;
            bytes.Add(b);
            to.Add(Build(low, end, depth + 1));
            low = end;
        }
        _edges[node] = ([.. bytes], [.. to]);
        return node;
    }
}
