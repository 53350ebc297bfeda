namespace LlamaSpan;

/// <summary>Finds short completions of strings and numbers, letters before other characters.</summary>
internal static class ShortTail
{
    private const int MaxStates = 60_000;

    private static readonly byte[] s_order =
        [.. "abcdefghijklmnopqrstuvwxyz0123456789 _-.:/"u8.ToArray().Concat(Enumerable.Range(0, 256).Select(b => (byte)b)).Distinct()];

    /// <summary>The bytes that complete a text; null if too many states would have to be looked at.</summary>
    /// <param name="machine">Reads the text.</param>
    /// <param name="state">Where it stands.</param>
    /// <param name="count">How many characters it has read.</param>
    /// <param name="skip">How many shorter completions to pass over.</param>
    public static byte[]? Of(StringMachine machine, int state, int count, int skip = 0)
    {
        if (machine.Lexer.IsAny && machine.Lexer.IsBetween(state) && skip == 0)
            return [.. Enumerable.Repeat((byte)'a', Math.Max(0, machine.Language.Min - count))];

        return Search((state, count), s => machine.Accepts(s.Item1, s.Item2), Step, skip);

        bool Step((int State, int Count) from, byte b, out (int, int) to)
        {
            (int s, int c) = from;
            bool lives = machine.Step(ref s, ref c, b);
            to = (s, machine.Counts ? c : 0);
            return lives;
        }
    }

    /// <summary>The bytes that complete a number.</summary>
    public static byte[]? Of(NumberMachine machine, int state, int digits, int skip = 0)
    {
        return Search((state, digits), s => machine.Accepts(s.Item1) && (s != (state, digits) || digits > 0), Step, skip);

        bool Step((int State, int Digits) from, byte b, out (int, int) to)
        {
            (int s, int d) = from;
            bool lives = machine.Step(ref s, ref d, b);
            to = (s, d);
            return lives;
        }
    }

    /// <summary>One of a language's short texts; null if it has none of that number.</summary>
    public static string? Nth(StringLanguage language, int number)
    {
        if (language.Words is { } words)
            return number < words.Length ? words[number] : null;
        var machine = new StringMachine(language, TextSpelling.Canonical);
        return Of(machine, 0, 0, number) is { } bytes ? KeyText.Decode(bytes) : null;
    }

    private delegate bool Step((int, int) from, byte b, out (int, int) to);

    private static byte[]? Search((int, int) start, Func<(int, int), bool> accepts, Step step, int skip) =>
        skip == 0 ? Shortest(start, accepts, step) : Longer(start, accepts, step, skip);

    private static byte[]? Shortest((int, int) start, Func<(int, int), bool> accepts, Step step)
    {
        var nodes = new List<((int, int) State, int From, byte Byte)> { (start, -1, 0) };
        var seen = new HashSet<(int, int)> { start };
        for (int n = 0; n < nodes.Count && nodes.Count < MaxStates; n++)
        {
            if (accepts(nodes[n].State))
                return Path(n, n => (nodes[n].From, nodes[n].Byte));
            foreach (byte b in s_order)
                if (step(nodes[n].State, b, out (int, int) to) && seen.Add(to))
                    nodes.Add((to, n, b));
        }
        return null;
    }

    /// <summary>Best first, by the length of the whole text: what leads to no end is not looked at.</summary>
    private static byte[]? Longer((int, int) start, Func<(int, int), bool> accepts, Step step, int skip)
    {
        (List<(byte Byte, int To)>[] ways, int[] left) = Explore(start, accepts, step, skip);
        var nodes = new List<(int State, int From, byte Byte, int Length)>();
        var open = new PriorityQueue<int, (int Whole, int Left, int Number)>();
        Add(0, -1, 0, 0);
        while (open.TryDequeue(out int n, out (int Whole, int Left, int Number) at) && nodes.Count < MaxStates)
        {
            if (at.Left == 0 && skip-- == 0)
                return Path(n, n => (nodes[n].From, nodes[n].Byte));
            (int state, _, _, int length) = nodes[n];
            foreach ((byte b, int to) in ways[state])
                Add(to, n, b, length + 1);
        }
        return null;

        void Add(int state, int from, byte b, int length)
        {
            if (left[state] == int.MaxValue)
                return;
            open.Enqueue(nodes.Count, (length + left[state], left[state], nodes.Count));
            nodes.Add((state, from, b, length));
        }
    }

    /// <summary>The states that texts somewhat longer than the shortest pass, the ways between them, and how far each is from an end.</summary>
    private static (List<(byte Byte, int To)>[] Ways, int[] Left) Explore((int, int) start, Func<(int, int), bool> accepts, Step step, int more)
    {
        var states = new List<(int, int)> { start };
        var numbers = new Dictionary<(int, int), int> { [start] = 0 };
        var ways = new List<List<(byte Byte, int To)>>();
        var back = new List<List<int>> { new() };
        var ends = new Queue<int>();
        int level = 0, last = int.MaxValue; // levels still to look at, once the first end is found
        for (int n = 0, levelEnd = 1; n < states.Count && states.Count < MaxStates && level <= last; n++)
        {
            ways.Add([]);
            if (accepts(states[n]))
            {
                ends.Enqueue(n);
                last = Math.Min(last, level + more);
            }
            foreach (byte b in s_order)
            {
                if (!step(states[n], b, out (int, int) next))
                    continue;
                bool isNew = !numbers.TryGetValue(next, out int to);
                if (isNew)
                {
                    numbers.Add(next, to = states.Count);
                    states.Add(next);
                    back.Add([]);
                }
                if (!isNew && !char.IsAsciiLetterOrDigit((char)b))
                    continue;
                ways[n].Add((b, to));
                back[to].Add(n);
            }
            if (n + 1 == levelEnd)
                (level, levelEnd) = (level + 1, states.Count);
        }
        return ([.. ways], Distances(ends, back));
    }

    private static int[] Distances(Queue<int> ends, List<List<int>> back)
    {
        int[] left = [.. Enumerable.Repeat(int.MaxValue, back.Count)];
        foreach (int end in ends)
            left[end] = 0;
        while (ends.TryDequeue(out int n))
            foreach (int before in back[n])
                if (left[before] == int.MaxValue)
                {
                    left[before] = left[n] + 1;
                    ends.Enqueue(before);
                }
        return left;
    }

    private static byte[] Path(int n, Func<int, (int From, byte Byte)> nodes)
    {
        var path = new List<byte>();
        for ((int From, byte Byte) at; (at = nodes(n)).From >= 0; n = at.From)
            path.Add(at.Byte);
        path.Reverse();
        return [.. path];
    }
}
