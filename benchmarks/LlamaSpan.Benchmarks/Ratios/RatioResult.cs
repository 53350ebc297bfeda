using System.Globalization;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>What was measured of one variant.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Value">The median.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end of its 95 % interval.</param>
/// <param name="Rounds">How often it was measured.</param>
/// <param name="Threads">With how many threads, on both sides.</param>
/// <param name="Commit">The commit it ran on.</param>
/// <param name="Time">When.</param>
internal sealed record RatioResult(RatioVariant Variant, double Value, double Low, double High, int Rounds, int Threads, string Commit, DateTime Time)
{
    private string Verdict => Variant.Goal.IsMet(Value) ? "met" : "missed";

    private string Interval => double.IsFinite(Low) ? $"{Format(Low)} to {Format(High)}" : "unknown: too few rounds";

    /// <summary>Its line in a table of <see cref="RatioReport"/>.</summary>
    public string Row =>
        $"| {Variant.Name} | {Variant.What} | {Format(Value)} | {Interval} | {Variant.Goal} | {Verdict} | {Rounds} | {Threads} | {Commit} | {Time:yyyy-MM-dd} |";

    /// <summary>Its line on the screen: name, value, goal, verdict, and the interval behind.</summary>
    public override string ToString() => $"{Variant.Name} {Format(Value)} {Variant.Goal} {Verdict} (95 %: {Interval}; {Rounds} rounds)";

    private static string Format(double value) =>
        value.ToString(Math.Abs(value) >= 9.995 ? "0.0" : "0.000", CultureInfo.InvariantCulture);
}
