namespace LlamaSpan;

/// <summary>
/// Every part of some texts as an automaton, of at most two states and three edges a byte (Blumer and others, 1985; of several texts: Mohri and
/// others, 2009).
/// </summary>
internal sealed class SuffixAutomaton
{
    private readonly List<List<(byte Byte, int To)>> _edges = [[]];
    private readonly List<int> _length = [0]; // of the longest text that leads to a state
    private readonly List<int> _link = [-1];  // the state of its longest suffix that lies in another

    private SuffixAutomaton()
    {
    }

    public static TextAutomaton Of(IReadOnlyList<byte[]> texts)
    {
        var automaton = new SuffixAutomaton();
        foreach (byte[] text in texts)
        {
            int last = TextAutomaton.Root;
            foreach (byte b in text)
                last = automaton.Append(last, b);
        }
        int[] order = [.. Enumerable.Range(0, automaton._length.Count)];
        int[] lengths = [.. automaton._length];
        Array.Sort(lengths, order); // an edge leads to a longer text
        return new TextAutomaton(automaton._edges, null, order);
    }

    /// <summary>The state of a text and one more byte.</summary>
    private int Append(int last, byte b)
    {
        int known = Next(last, b);
        if (known >= 0)
            return _length[known] == _length[last] + 1 ? known : Split(last, b, known);
        int state = Add(_length[last] + 1, []);
        int p = last;
        for (; p >= 0 && Next(p, b) < 0; p = _link[p])
            _edges[p].Add((b, state));
        if (p < 0)
            _link[state] = TextAutomaton.Root;
        else
            _link[state] = Next(p, b) is var q && _length[q] == _length[p] + 1 ? q : Split(p, b, q);
        return state;
    }

    /// <summary>Parts the shorter texts of a state from the longer ones.</summary>
    private int Split(int p, byte b, int q)
    {
        int clone = Add(_length[p] + 1, [.. _edges[q]]);
        _link[clone] = _link[q];
        _link[q] = clone;
        for (; p >= 0 && Next(p, b) == q; p = _link[p])
            _edges[p][_edges[p].FindIndex(e => e.Byte == b)] = (b, clone);
        return clone;
    }

    private int Add(int length, List<(byte, int)> edges)
    {
        _edges.Add(edges);
        _length.Add(length);
        _link.Add(TextAutomaton.Root);
        return _edges.Count - 1;
    }

    private int Next(int state, byte b)
    {
        foreach ((byte Byte, int To) edge in _edges[state])
            if (edge.Byte == b)
                return edge.To;
        return -1;
    }
}
