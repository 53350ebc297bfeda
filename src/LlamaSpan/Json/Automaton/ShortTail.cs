namespace LlamaSpan;

/// <summary>Finds short completions of strings and numbers: breadth first, letters before other characters.</summary>
internal static class ShortTail
{
    private const int MaxStates = 60_000;

    private static readonly byte[] Order =
        [.. "abcdefghijklmnopqrstuvwxyz0123456789 _-.:/"u8, .. Enumerable.Range(0, 256).Select(b => (byte)b)];

    /// <summary>The bytes that complete a text; null if too many states would have to be looked at.</summary>
    /// <param name="machine">Reads the text.</param>
    /// <param name="state">Where it stands.</param>
    /// <param name="count">How many characters it has read.</param>
    /// <param name="skip">How many shorter completions to pass over.</param>
    public static byte[]? Of(StringMachine machine, int state, int count, int skip = 0)
    {
        if (machine.Lexer.IsAny && machine.Lexer.IsBetween(state) && skip == 0)
            return [.. Enumerable.Repeat((byte)'a', Math.Max(0, machine.Language.Min - count))];

        // ways are told apart only where one of them is wanted beside the shortest
        return Search((state, count), s => machine.Accepts(s.Item1, s.Item2), Step, distinct: skip == 0, skip);

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
        return Search((state, digits), s => machine.Accepts(s.Item1) && (s != (state, digits) || digits > 0), Step, distinct: skip == 0, skip);

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

    private static byte[]? Search((int, int) start, Func<(int, int), bool> accepts, Step step, bool distinct, int skip)
    {
        var nodes = new List<((int, int) State, int From, byte Byte)> { (start, -1, 0) };
        var seen = new HashSet<(int, int)> { start };
        for (int n = 0; n < nodes.Count && nodes.Count < MaxStates; n++)
        {
            if (accepts(nodes[n].State) && skip-- == 0)
                return Path(nodes, n);
            foreach (byte b in Order)
                if (step(nodes[n].State, b, out (int, int) to) && (seen.Add(to) || (!distinct && b is >= (byte)'a' and <= (byte)'z' or >= (byte)'0' and <= (byte)'9')))
                    nodes.Add((to, n, b));
        }
        return null;
    }

    private static byte[] Path(List<((int, int) State, int From, byte Byte)> nodes, int n)
    {
        var path = new List<byte>();
        for (; nodes[n].From >= 0; n = nodes[n].From)
            path.Add(nodes[n].Byte);
        path.Reverse();
        return [.. path];
    }
}
