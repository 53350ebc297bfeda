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
        return CharDfa.Explore(
            alphabet, 0, (s, c, out to) => _edges[s].TryGetValue(alphabet.Sample[c], out to), s => _ends[s], MaxStates);
    }
}
