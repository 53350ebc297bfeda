using System.Numerics;

namespace LlamaSpan;

/// <summary>How long a step takes by how many tokens it has, as measured while the engine runs.</summary>
internal sealed class StepCost
{
    private const double Weight = 0.1;      // of a new measurement, once there are some
    private const int Longest = 64;         // steps after which a measurement may no longer hold: texts grow, machines get busy

    private readonly double[] _widths = new double[128], _seconds = new double[128];
    private readonly int[] _counts = new int[128];
    private readonly long[] _measuredAt = new long[128];
    private long _steps;

    /// <summary>Counts a step.</summary>
    internal void Measure(int width, double seconds)
    {
        int bucket = BucketOf(width);
        _steps++;
        _measuredAt[bucket] = _steps;
        double weight = Math.Max(Weight, 1.0 / ++_counts[bucket]);
        _seconds[bucket] += (seconds - _seconds[bucket]) * weight;
        _widths[bucket] += (width - _widths[bucket]) * weight;
    }

    /// <summary>True if steps of a width were measured lately.</summary>
    internal bool IsKnown(int width) => _counts[BucketOf(width)] > 0 && _steps - _measuredAt[BucketOf(width)] < Longest;

    /// <summary>Seconds of a step, between those of the nearest widths measured; beyond the widest as that one, so that wider ones get tried.</summary>
    internal double Of(int width)
    {
        int above = BucketOf(width), below = above;
        while (below >= 0 && (_counts[below] == 0 || _widths[below] > width))
            below--;
        while (above < _counts.Length && (_counts[above] == 0 || _widths[above] < width))
            above++;
        if (below < 0 || above == _counts.Length)
            return below >= 0 ? _seconds[below] : above < _counts.Length ? _seconds[above] : 0;
        double share = above == below ? 0 : (width - _widths[below]) / (_widths[above] - _widths[below]);
        return _seconds[below] + share * (_seconds[above] - _seconds[below]);
    }

    /// <summary>Each width up to 16, then eight to a doubling.</summary>
    private static int BucketOf(int width)
    {
        if (width <= 16)
            return width;
        int octave = BitOperations.Log2((uint)width);
        return Math.Min(127, 16 + (octave - 4) * 8 + (width >> (octave - 3)) - 8);
    }
}
