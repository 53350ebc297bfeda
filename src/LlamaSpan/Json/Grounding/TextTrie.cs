namespace LlamaSpan;

/// <summary>Whole texts as an automaton: a trie.</summary>
internal static class TextTrie
{
    public static TextAutomaton Of(IReadOnlyList<byte[]> texts)
    {
        var edges = new List<List<(byte Byte, int To)>> { new() };
        var ends = new List<bool> { false };
        foreach (byte[] text in texts)
        {
            int state = TextAutomaton.Root;
            foreach (byte b in text)
            {
                int found = edges[state].FindIndex(e => e.Byte == b);
                int next = found < 0 ? edges.Count : edges[state][found].To;
                if (found < 0)
                {
                    edges[state].Add((b, next));
                    edges.Add([]);
                    ends.Add(false);
                }
                state = next;
            }
            ends[state] = true;
        }
        return new TextAutomaton(edges, [.. ends], [.. Enumerable.Range(0, edges.Count)]);
    }
}
