namespace LlamaSpan.Benchmarks.Plots;

/// <summary>A line of a plot.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points, from left to right.</param>
internal sealed record Line(string Name, IReadOnlyList<(double X, double Y)> Points);
