namespace LlamaSpan;

/// <summary>Whether a language with a length limit can still be completed from a state of its automaton after so many characters.</summary>
internal sealed class LengthCheck
{
    private const long MaxWork = 30_000_000;

    private readonly CharDfa _dfa;
    private readonly int _min;
    private readonly int _max;
    private readonly bool _any;
    private bool[][]? _exact; // [characters to go][state]: acceptance after exactly so many

    public LengthCheck(StringLanguage language) =>
        (_dfa, _min, _max, _any) = (language.Dfa, language.Min, language.Max, language.Dfa.IsAny);

    /// <summary>Whether some continuation of <paramref name="state"/> is accepted at a permitted length, <paramref name="count"/> characters being read.</summary>
    public bool IsLive(int state, int count)
    {
        if (_max >= 0 && count > _max)
            return false;
        if (_any)
            return true;
        int need = _min - count, room = _max - count;
        if (need <= 0)
            return _max < 0 || _dfa.Shortest[state] <= room;
        if (_max < 0)
            return _dfa.Longest[state] >= need;
        bool[][] exact = _exact ??= Exact();
        for (int n = need; n <= room && n < exact.Length; n++)
            if (exact[n][state])
                return true;
        return false;
    }

    private bool[][] Exact()
    {
        int classes = _dfa.Alphabet.Count;
        if ((long)(_max + 1) * _dfa.Count * classes > MaxWork)
            throw new FormatException("a pattern beside a minimum and a large maximum length");
        var exact = new bool[_max + 1][];
        exact[0] = _dfa.Accepts;
        for (int n = 1; n <= _max; n++)
        {
            bool[] row = exact[n] = new bool[_dfa.Count], before = exact[n - 1];
            for (int s = 0; s < row.Length; s++)
                for (int c = 0; c < classes && !row[s]; c++)
                    row[s] = _dfa.Next(s, c) is >= 0 and int to && before[to];
        }
        return exact;
    }
}
