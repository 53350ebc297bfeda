using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>
/// Memoised reaches of one vocabulary's tokens within strings and numbers, shared by all grammars of the process. Reads take no lock; bounded by
/// starting afresh.
/// </summary>
internal sealed class TokenReaches(VocabularyIndex index)
{
    private const long MaxBytes = 64 << 20;

    private ConcurrentDictionary<(object Machine, int State, int Count, int Node), TokenReach> _known = new();
    private long _bytes;

    /// <summary>Forgets everything.</summary>
    public void Clear() => (_known, _bytes) = (new(), 0);

    /// <summary>From a state within a string; only the part of the trie below <paramref name="node"/> (-1: all of it).</summary>
    public TokenReach Text(StringMachine machine, int state, int count, int node)
    {
        count = machine.Canonical(count, index.Trie.MaxDepth);
        if (_known.TryGetValue((machine, state, count, node), out TokenReach? known))
            return known;
        int slice = node < 0 ? index.Slices.Best(machine, state, count) : -1;
        TokenReach reach = new TextWalk(index, machine, slice).From(state, count, node);
        return Add((machine, state, count, node), reach, slice < 0 || reach.Base != index.Slices.Mask(slice));
    }

    /// <summary>From a state within a number: tokens that stay within it; where it ends within a token.</summary>
    public TokenReach Number(NumberMachine machine, int state, int digits, int node)
    {
        digits = machine.Canonical(digits, index.LongestDigits);
        if (_known.TryGetValue((machine, state, digits, node), out TokenReach? known))
            return known;
        return Add((machine, state, digits, node), NumberFrom(machine, state, digits, node), true);
    }

    /// <summary>
    /// From between values, where so many bytes of white space may come: tokens of white space alone, and where something else comes that
    /// can stand there; the count is that of the white space before it.
    /// </summary>
    public TokenReach Space(int room, int node)
    {
        room = Math.Min(room, index.LongestSpace);
        return _known.TryGetValue((this, 0, room, node), out TokenReach? known) ? known
            : Add((this, 0, room, node), SpaceFrom(room, node), true);
    }

    private TokenReach SpaceFrom(int room, int node)
    {
        TokenTrie trie = index.Trie;
        int end = node < 0 ? trie.Count : trie.Skip[node], first = node < 0 ? 0 : trie.Depth[node] + 1;
        Scratch scratch = Scratch.Emptied();
        (List<int> tokens, List<TokenEnd> ends) = (scratch.Tokens, scratch.Ends);
        for (int n = node + 1; n < end;)
        {
            int spaces = trie.Depth[n] - first;
            bool space = JsonBytes.IsSpace(trie.Bytes[n]);
            if (space && spaces < room)
            {
                trie.AddEntries(n, tokens);
                n++;
                continue;
            }
            if (!space && JsonBytes.MayStand(trie.Bytes[n]))
                ends.Add(new TokenEnd(n, 0, spaces));
            n = trie.Skip[n];
        }
        return new TokenReach(null, [.. tokens], [.. ends]);
    }

    private TokenReach Add((object, int, int, int) key, TokenReach reach, bool ownsBase)
    {
        if (Interlocked.Add(ref _bytes, reach.Size(ownsBase)) > MaxBytes)
            Clear();
        _known[key] = reach;
        return reach;
    }

    private TokenReach NumberFrom(NumberMachine machine, int from, int digits, int node)
    {
        TokenTrie trie = index.Trie;
        int end = node < 0 ? trie.Count : trie.Skip[node], first = node < 0 ? 0 : trie.Depth[node] + 1;
        Scratch scratch = Scratch.Emptied();
        (int[] states, int[] counts, List<int> tokens, List<TokenEnd> ends) = (scratch.States, scratch.Counts, scratch.Tokens, scratch.Ends);
        (states[first], counts[first]) = (from, digits);
        for (int n = node + 1; n < end;)
        {
            int depth = trie.Depth[n];
            (int state, int count) = (states[depth], counts[depth]);
            int before = state;
            if (!machine.Step(ref state, ref count, trie.Bytes[n]))
            {
                if ((depth > 0 || node >= 0) && machine.Accepts(before)) // at the root all of what may follow is walked
                    ends.Add(new TokenEnd(n, before, count));
                n = trie.Skip[n];
                continue;
            }
            (states[depth + 1], counts[depth + 1]) = (state, count);
            trie.AddEntries(n, tokens);
            n++;
        }
        return new TokenReach(null, [.. tokens], [.. ends]);
    }

    /// <summary>Where walks put what they find, kept from one to the next.</summary>
    private sealed class Scratch
    {
        [ThreadStatic]
        private static Scratch? _own;

        public int[] States { get; } = new int[258];

        public int[] Counts { get; } = new int[258];

        public List<int> Tokens { get; } = [];

        public List<TokenEnd> Ends { get; } = [];

        /// <summary>The calling thread's, for one walk.</summary>
        public static Scratch Emptied()
        {
            Scratch scratch = _own ??= new Scratch();
            scratch.Tokens.Clear();
            scratch.Ends.Clear();
            return scratch;
        }
    }

    /// <summary>A walk of a machine's table over the trie.</summary>
    private readonly ref struct TextWalk(VocabularyIndex index, StringMachine machine, int slice)
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public TokenReach From(int from, int count, int node)
        {
            TokenTrie trie = index.Trie;
            StringLexer lexer = machine.Lexer;
            bool quoted = lexer.Spelling != TextSpelling.Raw, counts = machine.Counts;
            byte[] bytes = trie.Bytes, depths = trie.Depth, whole = index.Slices.Whole, path = index.Slices.Path;
            byte bit = (byte)(slice < 0 ? 0 : 1 << slice);
            int[] skip = trie.Skip, firsts = trie.First;
            int end = node < 0 ? trie.Count : skip[node], first = node < 0 ? 0 : depths[node] + 1;
            Scratch scratch = Scratch.Emptied();
            (int[] states, int[] counted) = (scratch.States, scratch.Counts);
            (states[first], counted[first]) = (from, count);
            (List<int> tokens, List<TokenEnd> ends) = (scratch.Tokens, scratch.Ends);
            for (int n = node + 1; n < end;)
            {
                if ((whole[n] & bit) != 0)
                {
                    n = skip[n];
                    continue;
                }
                int depth = depths[n], state = states[depth], characters = counted[depth];
                byte b = bytes[n];
                if (b == '"' && quoted && lexer.IsBetween(state))
                {
                    if (machine.Accepts(state, characters))
                        ends.Add(new TokenEnd(n, state, characters));
                    n = skip[n];
                    continue;
                }
                bool lives = counts ? machine.Step(ref state, ref characters, b) : (state = lexer.Step(state, b)) >= 0;
                if (!lives)
                {
                    n = skip[n];
                    continue;
                }
                if (firsts[n] >= 0 && (path[n] & bit) == 0)
                    trie.AddEntries(n, tokens);
                states[depth + 1] = state;
                counted[depth + 1] = characters;
                n++;
            }
            return Result(tokens, [.. ends], node);
        }

        /// <summary>Many tokens as a mask, which is taken as it is, but below a node, where others join it.</summary>
        private TokenReach Result(List<int> tokens, TokenEnd[] ends, int node)
        {
            ulong[]? mask = slice < 0 ? null : index.Slices.Mask(slice);
            return node >= 0 || tokens.Count <= (mask is null ? index.Words / 2 : index.Words)
                ? new TokenReach(mask, [.. tokens], ends)
                : new TokenReach(index.MaskOf(mask, CollectionsMarshal.AsSpan(tokens)), [], ends);
        }
    }
}
