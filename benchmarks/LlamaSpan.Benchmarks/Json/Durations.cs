namespace LlamaSpan.Benchmarks.Json;

/// <summary>Many durations in nanoseconds, pooled for percentiles.</summary>
internal sealed class Durations
{
    private readonly List<float> _values = [];
    private double _sum;
    private bool _sorted;

    public int Count => _values.Count;
    public double Average => _values.Count == 0 ? double.NaN : _sum / _values.Count;

    public void Add(long nanoseconds)
    {
        _values.Add(nanoseconds);
        _sum += nanoseconds;
        _sorted = false;
    }

    /// <summary>The value below which the given percentage lies; 100 gives the largest.</summary>
    public double Percentile(double percent)
    {
        if (_values.Count == 0)
            return double.NaN;
        if (!_sorted)
            _values.Sort();
        _sorted = true;
        return _values[Math.Min(_values.Count - 1, (int)(percent / 100 * _values.Count))];
    }
}
