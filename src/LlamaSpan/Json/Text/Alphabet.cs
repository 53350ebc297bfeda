namespace LlamaSpan;

/// <summary>A partition of Unicode scalar values into classes that an automaton cannot tell apart.</summary>
internal sealed class Alphabet
{
    private readonly int[] _starts;   // ascending first code points of the intervals; _starts[0] = 0
    private readonly int[] _classes;  // class of each interval
    private int[]? _ascii;            // class of each ASCII character

    private Alphabet(int[] starts, int[] classes, int count)
    {
        (_starts, _classes, Count) = (starts, classes, count);
        Sample = new int[count];
        Array.Fill(Sample, -1);
        for (int i = 0; i < starts.Length; i++)
            if (Sample[classes[i]] < 0)
                Sample[classes[i]] = starts[i];
    }

    /// <summary>One class for everything.</summary>
    public static Alphabet Trivial { get; } = new([0], [0], 1);

    /// <summary>Number of classes.</summary>
    public int Count { get; }

    /// <summary>One member of each class.</summary>
    public int[] Sample { get; }

    /// <summary>First code points of the intervals, ascending from 0.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>The class of the interval with that index.</summary>
    public int ClassOfInterval(int interval) => _classes[interval];

    public int ClassOf(int c) => c < 128 ? (_ascii ??= [.. Enumerable.Range(0, 128).Select(Search)])[c] : Search(c);

    private int Search(int c)
    {
        int i = Array.BinarySearch(_starts, c);
        return _classes[i >= 0 ? i : ~i - 1];
    }

    /// <summary>The coarsest partition in which each of the sets is a union of classes.</summary>
    public static Alphabet Of(IReadOnlyList<CharSet> sets)
    {
        var cuts = new SortedSet<int> { 0 };
        foreach (CharSet set in sets)
            foreach ((int low, int high) in set.Ranges)
            {
                cuts.Add(low);
                if (high < CharSet.Last)
                    cuts.Add(high + 1);
            }
        cuts.Remove(0xD800); // no text holds a surrogate: they need no class of their own
        int[] starts = [.. cuts];
        var classes = new int[starts.Length];
        var words = (sets.Count + 63) / 64;
        var signature = new ulong[starts.Length * words];
        for (int s = 0; s < sets.Count; s++)
            foreach ((int low, int high) in sets[s].Ranges)
                for (int i = Array.BinarySearch(starts, low); i < starts.Length && starts[i] <= high; i++)
                    signature[(i * words) + (s / 64)] |= 1UL << (s % 64);
        var seen = new Dictionary<string, int>();
        for (int i = 0; i < starts.Length; i++)
        {
            string key = string.Join(',', signature[(i * words)..((i + 1) * words)]);
            if (!seen.TryGetValue(key, out classes[i]))
                seen.Add(key, classes[i] = seen.Count);
        }
        return new Alphabet(starts, classes, seen.Count);
    }

    /// <summary>The coarsest partition that refines two; gives for each of its classes the class in either.</summary>
    public static Alphabet Refine(Alphabet a, Alphabet b, out int[] toA, out int[] toB)
    {
        int[] starts = [.. a._starts.Concat(b._starts).Distinct().Order()];
        var classes = new int[starts.Length];
        var seen = new Dictionary<(int, int), int>();
        for (int i = 0; i < starts.Length; i++)
        {
            (int, int) key = (a.ClassOf(starts[i]), b.ClassOf(starts[i]));
            if (!seen.TryGetValue(key, out classes[i]))
                seen.Add(key, classes[i] = seen.Count);
        }
        toA = new int[seen.Count];
        toB = new int[seen.Count];
        foreach (((int ca, int cb), int c) in seen)
            (toA[c], toB[c]) = (ca, cb);
        return new Alphabet(starts, classes, seen.Count);
    }
}
