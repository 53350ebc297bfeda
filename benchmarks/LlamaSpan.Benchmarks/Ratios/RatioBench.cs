using System.Diagnostics;
using System.Globalization;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary><c>bench ratios</c>: LlamaSpan beside the native programs, one line a ratio.</summary>
internal static class RatioBench
{
    private static readonly TimeSpan s_longestWarming = TimeSpan.FromSeconds(20);

    public static int Run(string[] args)
    {
        RatioOptions options;
        try
        {
            if (args.Contains("--help"))
                throw new ArgumentException("");
            options = RatioOptions.Parse(args);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            Console.Error.WriteLine($"{e.Message}\n{RatioOptions.Usage}".TrimStart());
            return 2;
        }
        List<RatioVariant> all = [.. Rows().SelectMany(row => row.Variants(options))];
        if (options.Unknown([.. all.Select(variant => variant.Name)]) is { } unknown)
        {
            Console.Error.WriteLine($"No ratio is named {unknown}. There are: {string.Join(", ", all.Select(variant => variant.Name))}.");
            return 2;
        }
        HashSet<string> wanted = [.. options.Wanted([.. all.Select(variant => variant.Name)])];
        return Measure([.. all.Where(variant => wanted.Contains(variant.Name))], options) ? 0 : 1;
    }

    private static IEnumerable<IRatio> Rows() =>
        from type in typeof(IRatio).Assembly.GetTypes()
        where type.IsClass && type.IsAssignableTo(typeof(IRatio))
        let row = (IRatio)Activator.CreateInstance(type)!
        orderby row.Name
        select row;

    /// <summary>Measures all; false where a measurement failed, which a missed goal does not mean.</summary>
    private static bool Measure(List<RatioVariant> variants, RatioOptions options)
    {
        Machine machine = Machine.Current();
        RatioReport report = RatioReport.Of(machine);
        long start = Stopwatch.GetTimestamp();
        bool allRan = true;
        for (int i = 0; i < variants.Count; i++)
        {
            RatioVariant variant = variants[i];
            try
            {
                TimeSpan share = (RatioOptions.QuickBudget - Stopwatch.GetElapsedTime(start)) / (variants.Count - i);
                RatioResult result = Measure(variant, options, share, machine.Commit);
                Console.WriteLine(result);
                report.Add(result);
                if (!options.DryRun)
                    Save(report);
            }
            catch (RatioSkippedException skipped)
            {
                Console.WriteLine($"{variant.Name} skipped: {skipped.Message}");
            }
            catch (Exception failure)       // of whatever kind: the other rows are still worth measuring
            {
                Console.WriteLine($"{variant.Name} failed: {failure.Message}");
                allRan = false;
            }
        }
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{variants.Count} ratios in {time.TotalMinutes:0.0} minutes, {options.Threads} threads, {machine.Title}{(options.DryRun ? "" : $"; in {report.Path}")}"));
        return allRan;
    }

    /// <summary>Writes the results and README's copy of them, so that a run that is ended leaves both equal.</summary>
    private static void Save(RatioReport report)
    {
        report.Save();
        File.WriteAllText(ReadmeNumbers.Path, ReadmeNumbers.Refresh(File.ReadAllText(ReadmeNumbers.Path)));
    }

    /// <summary>Runs both sides once before they are measured; a round so long that its beginning does not matter counts.</summary>
    private static void Warm(IMeasurement measurement, Series series)
    {
        long start = Stopwatch.GetTimestamp();
        double value = measurement.Round(0);
        if (Stopwatch.GetElapsedTime(start) > s_longestWarming)
            series.Add(value);
    }

    /// <summary>Repeats until the interval is clear of the goal, or the limit of rounds or time is reached.</summary>
    private static RatioResult Measure(RatioVariant variant, RatioOptions options, TimeSpan share, string commit)
    {
        long start = Stopwatch.GetTimestamp();
        using IMeasurement measurement = variant.Open();
        (int least, int most, TimeSpan limit) = options.Limits;
        TimeSpan longest = 3 * limit;
        if (options.Quick)
            longest = TimeSpan.FromTicks(Math.Min(longest.Ticks, share.Ticks));      // with what it took to prepare
        else
            start = Stopwatch.GetTimestamp();
        Series series = new();
        if (!variant.IsCounted)
            Warm(measurement, series);
        while (series.Count == 0 || !IsEnough())
            series.Add(measurement.Round(series.Count));
        (double low, double high) = series.Interval();
        return new RatioResult(variant, series.Median, low, high, series.Count, options.Threads, commit, DateTime.UtcNow);

        bool IsEnough()
        {
            (double low, double high) = series.Interval();
            bool clear = series.Count >= least && variant.Goal.IsClearOf(low, high);
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            return clear || variant.IsCounted || series.Count >= most || (double.IsFinite(low) && time > limit) || time > longest;
        }
    }
}
