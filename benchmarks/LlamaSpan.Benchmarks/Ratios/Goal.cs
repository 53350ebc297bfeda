using System.Globalization;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>A bound that a value should keep, at least or at most.</summary>
internal readonly record struct Goal
{
    private readonly double _bound;
    private readonly bool _isFloor;

    private Goal(double bound, bool isFloor) => (_bound, _isFloor) = (bound, isFloor);

    public static Goal AtLeast(double bound) => new(bound, isFloor: true);

    public static Goal AtMost(double bound) => new(bound, isFloor: false);

    public bool IsMet(double value) => _isFloor ? value >= _bound : value <= _bound;

    /// <summary>True where all values of an interval are on the same side.</summary>
    public bool IsClearOf(double low, double high) => IsMet(low) == IsMet(high);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(_isFloor ? ">=" : "<=")} {_bound}");
}
