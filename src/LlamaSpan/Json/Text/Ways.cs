using System.Collections.Concurrent;

namespace LlamaSpan;

/// <summary>
/// Counts the texts that complete a beginning, up to <see cref="Many"/> and up to <see cref="Window"/> bytes more. As the window moves on with
/// what is read, where there are more ways than texts used up, one of the next bytes leads to where that holds again, or the text may end.
/// </summary>
/// <param name="step">One byte on from a state and a count; false if no text begins so.</param>
/// <param name="accepts">Whether a text may end there.</param>
internal sealed class Ways(Ways.Step step, Func<int, int, bool> accepts)
{
    /// <summary>As many as make no difference.</summary>
    public const int Many = 1 << 20;

    private const int Window = 192;

    private readonly ConcurrentDictionary<(int State, int Count), int> _known = new();

    /// <summary>One byte on.</summary>
    public delegate bool Step(ref int state, ref int count, byte b);

    public int From(int state, int count) =>
        _known.TryGetValue((state, count), out int known) ? known : _known.GetOrAdd((state, count), Count(state, count, Window, []));

    private int Count(int state, int count, int window, Dictionary<(int, int, int), int> known)
    {
        if (known.TryGetValue((state, count, window), out int ways))
            return ways;
        ways = accepts(state, count) ? 1 : 0;
        for (int b = 0; b < 256 && ways < Many && window > 0; b++)
        {
            (int to, int counted) = (state, count);
            if (step(ref to, ref counted, (byte)b))
                ways = Math.Min(Many, ways + Count(to, counted, window - 1, known));
        }
        known[(state, count, window)] = ways;
        return ways;
    }
}
