using System.Text;

namespace LlamaSpan;

/// <summary>A trie of words over Unicode scalar values.</summary>
internal sealed class CharTrie
{
    private const int MaxStates = 200_000;

    private readonly List<SortedDictionary<int, int>> _edges = [[]];
    private readonly List<bool> _ends = [false];

    public void Add(string word)
    {
        int node = 0;
        foreach (Rune rune in word.EnumerateRunes())
        {
            if (!_edges[node].TryGetValue(rune.Value, out int next))
            {
                _edges[node].Add(rune.Value, next = _edges.Count);
                _edges.Add([]);
                _ends.Add(false);
            }
            node = next;
        }
        _ends[node] = true;
    }

    /// <exception cref="FormatException">More states than an automaton may have.</exception>
    public CharDfa ToDfa()
    {
        var letters = new SortedSet<int>();
        foreach (SortedDictionary<int, int> edges in _edges)
            letters.UnionWith(edges.Keys);
        Alphabet alphabet = Alphabet.Of([.. letters.Select(CharSet.Single)]);
        if (_edges.Count > MaxStates)
            throw new FormatException($"more than {MaxStates} states");
        if (!Work.Spend(2L * _edges.Count * alphabet.Count))
            throw new FormatException("an automaton that takes too long to build");
        var next = new int[_edges.Count * alphabet.Count];
        Array.Fill(next, CharDfa.Dead);
        for (int node = 0; node < _edges.Count; node++)
            foreach ((int letter, int to) in _edges[node])
                next[(node * alphabet.Count) + alphabet.ClassOf(letter)] = to;
        return CharDfa.Of(alphabet, next, _ends);
    }
}
