using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>
/// Sets of tokens made of certain characters alone, prepared once a vocabulary: a state from which no such token can leave a language takes
/// the whole set at once, and only the rest of the trie is walked.
/// </summary>
internal sealed class TextSlices
{
    private const int MaxWork = 400_000;

    private static readonly CharSet Free = CharSet.Of((0x20, 0x21), (0x23, 0x5B), (0x5D, CharSet.Last));

    /// <summary>From large to small.</summary>
    private static readonly CharSet[] Sets =
    [
        Free,
        CharSet.Of(('!', '!'), ('#', '['), (']', 0x9F), (0xA1, 0x167F), (0x1681, 0x1FFF), (0x200B, 0x2027), (0x202A, 0x202E), (0x2030, 0x205E), (0x2060, 0x2FFF), (0x3001, 0xFEFE), (0xFF00, CharSet.Last)),
        CharSet.Of((0x20, 0x21), (0x23, 0x5B), (0x5D, 0x7E)),
        CharSet.Of((' ', ' '), ('0', '9'), ('A', 'Z'), ('a', 'z')),
        CharSet.Of(('-', '-'), ('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')),
        CharSet.Of(('0', '9'), ('A', 'Z'), ('a', 'z')),
        CharSet.Of(('A', 'Z'), ('a', 'z')),
        CharSet.Of(('a', 'z')),
    ];

    private readonly ulong[][] _masks = new ulong[Sets.Length][];
    private readonly int[] _longest = new int[Sets.Length];
    private readonly ConditionalWeakTable<StringMachine, bool[]?[]> _safe = []; // by slice, then by state

    public TextSlices(TokenTrie trie, int words)
    {
        (Path, Whole) = (new byte[trie.Count], new byte[trie.Count]);
        for (int s = 0; s < Sets.Length; s++)
            Prepare(trie, s, _masks[s] = new ulong[words]);
    }

    /// <summary>For each node of the trie, the slices (as bits) whose characters alone lead to it.</summary>
    public byte[] Path { get; }

    /// <summary>For each node of the trie, the slices that every token through it belongs to.</summary>
    public byte[] Whole { get; }

    public ulong[] Mask(int slice) => _masks[slice];

    /// <summary>The largest slice whose tokens all stay within the language from a state between characters, or -1.</summary>
    public int Best(StringMachine machine, int state, int count)
    {
        if (!machine.Lexer.IsBetween(state))
            return -1;
        CharDfa dfa = machine.Lexer.Dfa;
        StringLanguage language = machine.Language;
        bool[]?[] safe = _safe.GetValue(machine, static _ => new bool[]?[Sets.Length]);
        for (int s = 0; s < Sets.Length; s++)
        {
            if (machine.Counts && (count < language.Min || (language.Max >= 0 && language.Max - count < _longest[s] + dfa.Count)))
                continue;
            if ((safe[s] ??= Safe(dfa, s))[machine.Lexer.CharState(state)])
                return s;
        }
        return -1;
    }

    /// <summary>For each state whether every text of a slice's characters, as long as its longest token, stays within the language.</summary>
    private bool[] Safe(CharDfa dfa, int slice)
    {
        var classes = new HashSet<int>();
        ReadOnlySpan<int> starts = dfa.Alphabet.Starts;
        for (int i = 0; i < starts.Length; i++)
        {
            int end = i + 1 < starts.Length ? starts[i + 1] - 1 : CharSet.Last;
            foreach ((int low, int high) in Sets[slice].Ranges)
                if (starts[i] <= high && low <= end)
                    classes.Add(dfa.Alphabet.ClassOfInterval(i));
        }
        bool[] safe = new bool[dfa.Count];
        if ((long)dfa.Count * classes.Count * _longest[slice] > MaxWork)
        {
            for (int s = 0; s < safe.Length; s++)
                safe[s] = classes.All(c => dfa.Next(s, c) == s);
            return safe;
        }
        Array.Fill(safe, true);
        bool[] before = new bool[dfa.Count];
        for (int length = 0; length < _longest[slice] && !safe.AsSpan().SequenceEqual(before); length++)
        {
            (safe, before) = (before, safe);
            for (int s = 0; s < safe.Length; s++)
            {
                safe[s] = true;
                foreach (int c in classes)
                    safe[s] &= dfa.Next(s, c) is >= 0 and int to && before[to];
            }
        }
        return safe;
    }

    private void Prepare(TokenTrie trie, int slice, ulong[] mask)
    {
        byte bit = (byte)(1 << slice);
        var lexer = new StringLexer(Only(Sets[slice]), TextSpelling.Raw);
        var states = new int[257];
        var characters = new int[257];
        for (int node = 0; node < trie.Count;)
        {
            int depth = trie.Depth[node], state = lexer.Step(states[depth], trie.Bytes[node]);
            if (state < 0)
            {
                node = trie.Skip[node];
                continue;
            }
            characters[depth + 1] = characters[depth] + (lexer.IsBetween(states[depth]) ? 1 : 0);
            states[depth + 1] = state;
            if (lexer.IsBetween(state))
            {
                Path[node] |= bit;
                trie.AddEntries(node, mask);
                _longest[slice] = Math.Max(_longest[slice], characters[depth + 1]);
            }
            node++;
        }
        for (int node = trie.Count - 1; node >= 0; node--)
        {
            // a node that ends no token may stand within a character; a token that does is in no slice
            bool whole = trie.First[node] < 0 || (Path[node] & bit) != 0;
            for (int child = node + 1; whole && child < trie.Skip[node]; child = trie.Skip[child])
                whole = (Whole[child] & bit) != 0;
            if (whole)
                Whole[node] |= bit;
        }
    }

    private static CharDfa Only(CharSet set)
    {
        Alphabet alphabet = Alphabet.Of([set]);
        return CharDfa.Explore(alphabet, 0, (int s, int c, out int to) => (to = s) >= 0 && set.Contains(alphabet.Sample[c]), _ => true);
    }
}
