namespace LlamaSpan;

/// <summary>A deterministic automaton without cycles over the UTF-8 bytes of given texts; its edges lie together by state.</summary>
internal sealed class TextAutomaton
{
    public const int Root = 0, Dead = -1;

    private readonly int[] _starts; // state -> first edge; one more at the end
    private readonly byte[] _bytes; // ascending within a state
    private readonly int[] _to;
    private readonly bool[]? _ends; // null: all
    private readonly int[] _longest;
    private readonly int[] _shortest;

    /// <param name="edges">The edges of each state.</param>
    /// <param name="ends">The states in which a text may end; null for all.</param>
    /// <param name="order">The states such that each comes before those it leads to.</param>
    public TextAutomaton(IReadOnlyList<List<(byte Byte, int To)>> edges, bool[]? ends, IReadOnlyList<int> order)
    {
        int count = edges.Sum(e => e.Count);
        (_starts, _bytes, _to, _ends) = (new int[edges.Count + 1], new byte[count], new int[count], ends);
        int at = 0;
        for (int s = 0; s < edges.Count; s++)
        {
            edges[s].Sort();
            foreach ((byte b, int to) in edges[s])
                (_bytes[at], _to[at++]) = (b, to);
            _starts[s + 1] = at;
        }
        (_longest, _shortest) = (new int[edges.Count], new int[edges.Count]);
        for (int i = order.Count - 1; i >= 0; i--)
            Measure(order[i]);
    }

    public int Next(int state, byte b)
    {
        int from = _starts[state], length = _starts[state + 1] - from;
        int i = length > 16 ? _bytes.AsSpan(from, length).BinarySearch(b) : _bytes.AsSpan(from, length).IndexOf(b);
        return i < 0 ? Dead : _to[from + i];
    }

    /// <summary>The bytes that lead on.</summary>
    public ReadOnlySpan<byte> Bytes(int state) => _bytes.AsSpan(_starts[state].._starts[state + 1]);

    public bool CanEnd(int state) => _ends is null || _ends[state];

    /// <summary>Most characters that may still begin.</summary>
    public int Longest(int state) => _longest[state];

    /// <summary>Fewest characters that must still begin.</summary>
    public int Shortest(int state) => _shortest[state];

    private void Measure(int state)
    {
        int longest = 0, shortest = CanEnd(state) ? 0 : int.MaxValue;
        for (int e = _starts[state]; e < _starts[state + 1]; e++)
        {
            int one = (_bytes[e] & 0xC0) == 0x80 ? 0 : 1; // continuation bytes begin no character
            longest = Math.Max(longest, one + _longest[_to[e]]);
            shortest = Math.Min(shortest, one + _shortest[_to[e]]);
        }
        (_longest[state], _shortest[state]) = (longest, shortest);
    }
}
