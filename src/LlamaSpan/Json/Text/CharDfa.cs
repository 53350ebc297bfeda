namespace LlamaSpan;

/// <summary>
/// A deterministic automaton over Unicode scalar values, trimmed: every state but <see cref="Dead"/> (-1) can reach acceptance. State 0
/// starts; an automaton without states accepts nothing.
/// </summary>
internal sealed class CharDfa
{
    public const int Dead = -1;
    public const int MaxStates = 6000;

    private readonly int[] _next; // [state * Alphabet.Count + class]
    private int[]? _shortest;
    private int[]? _longest;

    /// <summary>A move by a class of characters; false if there is none.</summary>
    public delegate bool Step<T>(T from, int symbol, out T to);

    private CharDfa(Alphabet alphabet, int[] next, int[] labels) =>
        (Alphabet, _next, Labels, Accepts) = (alphabet, next, labels, [.. labels.Select(l => l != 0)]);

    public static CharDfa Any { get; } = new(Alphabet.Trivial, [0], [1]);

    public static CharDfa None { get; } = new(Alphabet.Trivial, [], []);

    public Alphabet Alphabet { get; }

    public bool[] Accepts { get; }

    /// <summary>What an accepting state accepts as: 1, or 1 plus the index of one of several languages; 0 of other states.</summary>
    public int[] Labels { get; }

    public int Count => Accepts.Length;

    public bool IsEmpty => Count == 0;

    /// <summary>True if every text is accepted.</summary>
    public bool IsAny => Count == 1 && Labels[0] == 1 && !_next.Contains(Dead);

    public int Next(int state, int symbolClass) => _next[(state * Alphabet.Count) + symbolClass];

    public bool Matches(string text)
    {
        if (IsEmpty)
            return false;
        int state = 0;
        foreach (System.Text.Rune rune in text.EnumerateRunes())
            if ((state = Next(state, Alphabet.ClassOf(rune.Value))) == Dead)
                return false;
        return Accepts[state];
    }

    /// <summary>Fewest characters from each state to acceptance.</summary>
    public int[] Shortest => _shortest ??= ComputeShortest();

    /// <summary>Most characters from each state to acceptance; int.MaxValue without limit.</summary>
    public int[] Longest => _longest ??= ComputeLongest();

    /// <summary>Builds the automaton whose states are <typeparamref name="T"/>s found from a start by a step function.</summary>
    /// <exception cref="FormatException">More than <paramref name="limit"/> states.</exception>
    public static CharDfa Explore<T>(Alphabet alphabet, T start, Step<T> step, Func<T, bool> accepts, int limit = MaxStates)
        where T : notnull => Explore(alphabet, start, step, s => accepts(s) ? 1 : 0, limit);

    private static CharDfa Explore<T>(Alphabet alphabet, T start, Step<T> step, Func<T, int> label, int limit = MaxStates)
        where T : notnull
    {
        var ids = new Dictionary<T, int> { [start] = 0 };
        var states = new List<T> { start };
        var next = new List<int>();
        for (int s = 0; s < states.Count; s++)
        {
            if (!Work.Spend(2 * alphabet.Count))
                throw new FormatException("an automaton that takes too long to build");
            for (int c = 0; c < alphabet.Count; c++)
            {
                int id = Dead;
                if (step(states[s], c, out T to) && !ids.TryGetValue(to, out id))
                {
                    if (states.Count >= limit)
                        throw new FormatException($"more than {limit} states");
                    ids.Add(to, id = states.Count);
                    states.Add(to);
                }
                next.Add(id);
            }
        }
        return Trim(alphabet, [.. next], [.. states.Select(label)]);
    }

    public CharDfa Complement()
    {
        int sink = Count, classes = Alphabet.Count;
        var next = new int[(sink + 1) * classes];
        for (int i = 0; i < next.Length; i++)
            next[i] = i < _next.Length && _next[i] != Dead ? _next[i] : sink;
        var labels = new int[sink + 1];
        for (int s = 0; s <= sink; s++)
            labels[s] = s == sink || !Accepts[s] ? 1 : 0;
        return Trim(Alphabet, next, labels);
    }

    /// <summary>The union of languages that have no text in common; a text's label is 1 plus the index of its language.</summary>
    /// <exception cref="FormatException">More states than an automaton may have.</exception>
    public static CharDfa Labelled(IReadOnlyList<CharDfa> parts)
    {
        CharDfa union = parts[0];
        for (int i = 1; i < parts.Count; i++)
        {
            (CharDfa before, CharDfa part, int label) = (union, parts[i], i + 1);
            if (part.IsEmpty)
                continue;
            union = before.IsEmpty ? before : before.Product(part, (a, b) => a >= 0 || b >= 0, (a, b) => b >= 0 && part.Accepts[b] ? label : a >= 0 ? before.Labels[a] : 0);
        }
        return union;
    }

    public CharDfa And(CharDfa other) => IsAny ? other : other.IsAny ? this : Product(other, both: true);

    public CharDfa Or(CharDfa other) => IsEmpty ? other : other.IsEmpty ? this : Product(other, both: false);

    /// <summary>The texts that another does not accept.</summary>
    public CharDfa Without(CharDfa other) =>
        IsEmpty || other.IsEmpty ? this : Product(other, (a, _) => a >= 0, (a, b) => Accepts[a] && !(b >= 0 && other.Accepts[b]) ? 1 : 0);

    private CharDfa Product(CharDfa other, bool both)
    {
        if (both && (IsEmpty || other.IsEmpty))
            return None;
        return Product(
            other,
            (a, b) => both ? a >= 0 && b >= 0 : a >= 0 || b >= 0,
            (a, b) => (both ? Accepts[a] && other.Accepts[b] : (a >= 0 && Accepts[a]) || (b >= 0 && other.Accepts[b])) ? 1 : 0);
    }

    private CharDfa Product(CharDfa other, Func<int, int, bool> lives, Func<int, int, int> label)
    {
        Alphabet alphabet = Alphabet.Refine(Alphabet, other.Alphabet, out int[] toA, out int[] toB);
        return Explore(
            alphabet,
            (A: 0, B: 0),
            (s, c, out to) =>
            {
                to = (s.A < 0 ? Dead : Next(s.A, toA[c]), s.B < 0 ? Dead : other.Next(s.B, toB[c]));
                return lives(to.A, to.B);
            },
            s => label(s.A, s.B));
    }

    /// <summary>Texts of min to max characters; max -1 for no limit.</summary>
    /// <exception cref="FormatException">Too long for an automaton.</exception>
    public static CharDfa Length(int min, int max)
    {
        int last = max < 0 ? min : max;
        if (last >= MaxStates)
            throw new FormatException($"a length over {MaxStates} beside other conditions");
        return Explore(
            Alphabet.Trivial,
            0,
            (s, _, out to) => (to = Math.Min(s + 1, last)) > s || max < 0,
            s => s >= min);
    }

    public static CharDfa Of(IEnumerable<string> words)
    {
        CharTrie trie = new();
        foreach (string word in words)
            trie.Add(word);
        return trie.ToDfa();
    }

    /// <summary>The automaton of a table, all of whose states can be reached.</summary>
    /// <param name="alphabet">What tells moves apart.</param>
    /// <param name="next">[state * classes + class]; <see cref="Dead"/> where there is no move.</param>
    /// <param name="accepts">Which states accept.</param>
    public static CharDfa Of(Alphabet alphabet, int[] next, IEnumerable<bool> accepts) => Trim(alphabet, next, [.. accepts.Select(a => a ? 1 : 0)]);

    /// <summary>The accepted texts if there are at most that many, else null.</summary>
    public List<string>? Words(int limit)
    {
        var words = new List<string>();
        if (IsEmpty)
            return words;
        return Longest[0] < 200 && Collect(0, "", words, limit) ? words : null;
    }

    private bool Collect(int state, string prefix, List<string> words, int limit)
    {
        if (Accepts[state])
            words.Add(prefix);
        for (int i = 0; i < Alphabet.Starts.Length && words.Count <= limit; i++)
        {
            int to = Next(state, Alphabet.ClassOfInterval(i));
            if (to == Dead)
                continue;
            int end = i + 1 < Alphabet.Starts.Length ? Alphabet.Starts[i + 1] : CharSet.Last + 1;
            for (int c = Alphabet.Starts[i]; c < end; c++)
                if (c is < 0xD800 or > 0xDFFF && !Collect(to, prefix + char.ConvertFromUtf32(c), words, limit))
                    return false;
        }
        return words.Count <= limit;
    }

    /// <summary>How many texts lead from each state to acceptance; long.MaxValue for very many or without limit.</summary>
    public long[] CountTexts()
    {
        const long VeryMany = 1L << 40;
        var size = new long[Alphabet.Count];
        for (int i = 0; i < Alphabet.Starts.Length; i++)
            size[Alphabet.ClassOfInterval(i)] += (i + 1 < Alphabet.Starts.Length ? Alphabet.Starts[i + 1] : CharSet.Last + 1) - Alphabet.Starts[i];
        var counts = new long[Count];
        foreach (int s in Enumerable.Range(0, Count).OrderBy(s => Longest[s])) // successors of a state whose texts are limited are shorter
        {
            long texts = Longest[s] == int.MaxValue ? long.MaxValue : Accepts[s] ? 1 : 0;
            for (int c = 0; c < Alphabet.Count && texts < VeryMany; c++)
                if (Next(s, c) is var to && to != Dead)
                    texts = counts[to] >= VeryMany ? long.MaxValue : texts + (size[c] * counts[to]);
            counts[s] = texts >= VeryMany ? long.MaxValue : texts;
        }
        return counts;
    }

    private static CharDfa Trim(Alphabet alphabet, int[] next, int[] labels)
    {
        int classes = alphabet.Count, count = labels.Length;
        bool[] live = Live(next, labels, classes);
        if (count == 0 || !live[0])
            return None;
        int[] block = Refine(next, labels, live, classes);
        int blocks = 0;
        for (int s = 0; s < count; s++)
            blocks = Math.Max(blocks, block[s] + 1);
        var table = new int[blocks * classes];
        var final = new int[blocks];
        for (int s = 0; s < count; s++)
        {
            if (!live[s])
                continue;
            final[block[s]] = labels[s];
            for (int c = 0; c < classes; c++)
            {
                int to = next[(s * classes) + c];
                table[(block[s] * classes) + c] = to == Dead || !live[to] ? Dead : block[to];
            }
        }
        return new CharDfa(alphabet, table, final);
    }

    private static bool[] Live(int[] next, int[] labels, int classes)
    {
        int count = labels.Length;
        var from = new List<int>[count];
        for (int i = 0; i < next.Length; i++)
            if (next[i] != Dead)
                (from[next[i]] ??= []).Add(i / classes);
        var live = new bool[count];
        var queue = new Queue<int>();
        for (int s = 0; s < count; s++)
            if (labels[s] != 0)
            {
                live[s] = true;
                queue.Enqueue(s);
            }
        while (queue.TryDequeue(out int s))
            foreach (int p in from[s] ?? [])
                if (!live[p])
                {
                    live[p] = true;
                    queue.Enqueue(p);
                }
        return live;
    }

    /// <summary>
    /// The live states by what they accept; blocks are numbered in order of their first state, so state 0 is in block 0. After Valmari, Fast brief
    /// practical DFA minimization (2012): states are split by the moves they have and moves by where they lead, in n log n steps for n moves.
    /// </summary>
    private static int[] Refine(int[] next, int[] labels, bool[] live, int classes)
    {
        var blocks = new Partition(labels);
        (int[] from, int[] symbols, int[] into, int[] byTarget) = Moves(next, live, classes);
        var bundles = new Partition(symbols);
        for (int bundle = 0, block = 0; bundle < bundles.Count; bundle++)
        {
            foreach (int move in bundles.Members(bundle))
                blocks.Mark(from[move]);
            blocks.Split();
            for (; block < blocks.Count; block++)
            {
                foreach (int state in blocks.Members(block))
                    for (int i = into[state]; i < into[state + 1]; i++)
                        bundles.Mark(byTarget[i]);
                bundles.Split();
            }
        }
        var numbers = new int[blocks.Count];
        Array.Fill(numbers, -1);
        var result = new int[labels.Length];
        int found = 0;
        for (int s = 0; s < result.Length; s++)
            result[s] = !live[s] ? -1 : numbers[blocks.SetOf(s)] is >= 0 and int number ? number : numbers[blocks.SetOf(s)] = found++;
        return result;
    }

    /// <summary>The moves between live states, numbered in order of their symbols; those into a state s are byTarget[into[s]..into[s + 1]].</summary>
    private static (int[] From, int[] Symbols, int[] Into, int[] ByTarget) Moves(int[] next, bool[] live, int classes)
    {
        var from = new List<int>();
        var symbols = new List<int>();
        var to = new List<int>();
        var into = new int[live.Length + 1];
        for (int c = 0; c < classes; c++)
            for (int s = 0, at = c; s < live.Length; s++, at += classes)
                if (live[s] && next[at] is >= 0 and int target && live[target])
                {
                    from.Add(s);
                    symbols.Add(c);
                    to.Add(target);
                    into[target + 1]++;
                }
        for (int s = 0; s < live.Length; s++)
            into[s + 1] += into[s];
        int[] place = [.. into];
        var byTarget = new int[to.Count];
        for (int move = 0; move < byTarget.Length; move++)
            byTarget[place[to[move]]++] = move;
        return ([.. from], [.. symbols], into, byTarget);
    }

    private int[] ComputeShortest()
    {
        var distance = new int[Count];
        Array.Fill(distance, int.MaxValue);
        var queue = new Queue<int>();
        var from = new List<int>[Count];
        for (int i = 0; i < _next.Length; i++)
            if (_next[i] != Dead)
                (from[_next[i]] ??= []).Add(i / Alphabet.Count);
        for (int s = 0; s < Count; s++)
            if (Accepts[s])
            {
                distance[s] = 0;
                queue.Enqueue(s);
            }
        while (queue.TryDequeue(out int s))
            foreach (int p in from[s] ?? [])
                if (distance[p] == int.MaxValue)
                {
                    distance[p] = distance[s] + 1;
                    queue.Enqueue(p);
                }
        return distance;
    }

    private int[] ComputeLongest()
    {
        // Kahn's order on the reversed graph: what never loses its last successor lies on or before a cycle
        var open = new int[Count];
        var from = new List<int>[Count];
        for (int i = 0; i < _next.Length; i++)
            if (_next[i] != Dead)
            {
                (from[_next[i]] ??= []).Add(i / Alphabet.Count);
                open[i / Alphabet.Count]++;
            }
        var longest = new int[Count];
        var done = new bool[Count];
        var queue = new Queue<int>(Enumerable.Range(0, Count).Where(s => open[s] == 0));
        while (queue.TryDequeue(out int s))
        {
            done[s] = true;
            foreach (int p in from[s] ?? [])
            {
                longest[p] = Math.Max(longest[p], longest[s] + 1);
                if (--open[p] == 0)
                    queue.Enqueue(p);
            }
        }
        for (int s = 0; s < Count; s++)
            if (!done[s])
                longest[s] = int.MaxValue;
        return longest;
    }
}
