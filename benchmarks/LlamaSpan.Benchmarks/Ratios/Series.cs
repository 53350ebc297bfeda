namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>Repeated measurements of one value: their median, and where the true one lies.</summary>
internal sealed class Series
{
    private readonly List<double> _sorted = [];

    public int Count => _sorted.Count;

    public double Median => MedianOf(_sorted);

    public void Add(double value)
    {
        int index = _sorted.BinarySearch(value);
        _sorted.Insert(index < 0 ? ~index : index, value);
    }

    /// <summary>
    /// An interval that holds the median with a probability of at least 95 %, whatever the distribution: between two of the values, by how
    /// likely so many of them fall on one side (the sign test's interval). From 6 values on; infinite before.
    /// </summary>
    public (double Low, double High) Interval()
    {
        int outside = -1;
        double tail = 0, chance = Math.Pow(0.5, Count);      // of exactly outside + 1 values below the median
        while (tail + chance <= 0.025)
        {
            outside++;
            tail += chance;
            chance *= (double)(Count - outside) / (outside + 1);
        }
        return outside < 0 ? (double.NegativeInfinity, double.PositiveInfinity) : (_sorted[outside], _sorted[Count - 1 - outside]);
    }

    /// <summary>The median of values in any order.</summary>
    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
