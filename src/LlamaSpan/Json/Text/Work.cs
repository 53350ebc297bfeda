namespace LlamaSpan;

/// <summary>
/// Bounds the work of compiling a grammar, and of each state made when it is first reached: counted steps, about 30 ns each. Past the bound
/// automata are given up with a <see cref="FormatException"/> and searches find nothing, so that less is let through, never more.
/// </summary>
internal static class Work
{
    /// <summary>For one grammar.</summary>
    public const long ToCompile = 20_000_000;

    /// <summary>For one state.</summary>
    public const long ToReach = 3_000_000;

    [ThreadStatic]
    private static long _left;

    [ThreadStatic]
    private static bool _bounded;

    /// <summary>True if the work under way is past its bound.</summary>
    public static bool IsSpent => _bounded && _left <= 0;

    /// <summary>Begins work with a bound, unless it is part of work begun before; to be disposed of at its end.</summary>
    public static Scope Begin(long steps)
    {
        if (_bounded)
            return default;
        (_left, _bounded) = (steps, true);
        return new Scope(true);
    }

    /// <summary>Begins work that is not counted, within that under way; to be disposed of at its end.</summary>
    public static Scope Suspend()
    {
        (bool bounded, _bounded) = (_bounded, false);
        return new Scope(true, bounded);
    }

    /// <summary>Begins the first of some pieces of work that share the steps left evenly; to be disposed of at its end.</summary>
    public static Scope Share(int pieces)
    {
        if (!_bounded)
            return default;
        long kept = _left - (_left / pieces);
        _left -= kept;
        return new Scope(true, true, kept);
    }

    /// <summary>Counts steps; true as long as there are some left.</summary>
    public static bool Spend(long steps) => !_bounded || (_left -= steps) > 0;

    /// <summary>Ends the work that began it, and goes on with the work before.</summary>
    public readonly struct Scope(bool begun, bool before = false, long kept = 0) : IDisposable
    {
        public void Dispose()
        {
            if (!begun)
                return;
            _bounded = before;
            _left += kept;
        }
    }
}
