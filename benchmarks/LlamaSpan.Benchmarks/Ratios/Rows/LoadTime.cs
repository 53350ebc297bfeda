using System.Diagnostics;
using System.Globalization;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>Time to load a model, checks and tables included, over a C program's; each from its process's second load on.</summary>
internal sealed class LoadTime : IRatio
{
    public string Name => "load.time";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        [new($"{Name}.{options.Larger.Name}", "time to load over the C program's, page cache warm", Goal.AtMost(1.05), () => new Measurement(options.Larger))];

    private sealed class Measurement(RatioModel model) : Pair
    {
        private const int Loads = 5;

        protected override double Numerator() => Series.MedianOf(Enumerable.Range(0, Loads).Select(_ => Load()).ToList());

        protected override double Denominator() =>
            Series.MedianOf(Peers.Run("load-model", model.Path, Loads.ToString(CultureInfo.InvariantCulture))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line, CultureInfo.InvariantCulture) / 1e9));

        private double Load()
        {
            long start = Stopwatch.GetTimestamp();
            LlamaModel loaded = LlamaModel.Load(model.Path);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            loaded.Dispose();
            return seconds;
        }
    }
}
