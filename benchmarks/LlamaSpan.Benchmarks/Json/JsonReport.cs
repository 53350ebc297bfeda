using System.Globalization;

namespace LlamaSpan.Benchmarks.Json;

/// <summary>The goals table, the verdicts and the failures of one run.</summary>
/// <param name="schemas">What was run.</param>
/// <param name="results">What became of each.</param>
/// <param name="cold">Durations with fresh caches a schema.</param>
/// <param name="warm">Durations with caches filled by other schemas.</param>
/// <param name="to">Takes the text.</param>
internal sealed class JsonReport(List<TokenizedSchema> schemas, List<SchemaResult> results, Timings cold, Timings warm, TextWriter to)
{
    private const int MostFailuresPrinted = 60;

    /// <summary>No invalid instance was accepted and nothing broke.</summary>
    public bool IsSound => !results.Exists(r => r.WithEnd is Verdict.InvalidAccepted or Verdict.Broken || r.Plain is Verdict.InvalidAccepted);

    /// <summary>The tables alone, for the results of a machine.</summary>
    public void PrintResults(JsonBenchOptions options)
    {
        Machine machine = Machine.Current();
        Line($"# JSON sampler: {machine.Title}\n");
        Line($"Commit {machine.Commit}. `./build.sh bench json --data {Path.GetFileName(options.Data)} --results`\n");
        PrintHead(options);
        PrintVerdicts();
        PrintTimings(options);
        PrintRefusals(options);
        PrintFailures(options);
    }

    public void Print(JsonBenchOptions options)
    {
        PrintHead(options);
        PrintVerdicts();
        PrintTimings(options);
        PrintRefusals(options);
        PrintFailures(options);
        PrintSlowest(options);
    }

    private void PrintHead(JsonBenchOptions options)
    {
        int tokens = schemas.Sum(s => s.Tokens.Sum(t => t.Length));
        Line($"{Path.GetFileName(options.Data)}: {schemas.Count} schemas, {schemas.Sum(s => s.Tokens.Length)} instances, {tokens} tokens");
        Line($"vocabulary {Path.GetFileName(options.Vocabulary)}; one thread, {ThreadClock.Description}, {ThreadClock.Overhead} ns of clock taken off each interval");
        Line("");
    }

    private void PrintVerdicts()
    {
        Line("| schemas | tokens only | with end of sequence | goal |");
        Line("|---|---|---|---|");
        Row("pass", Verdict.Passed, ">= 91 %");
        Row("refused", Verdict.Refused, "");
        Row("a valid instance rejected", Verdict.ValidRejected, "<= 0.1 %");
        Row("an invalid instance accepted", Verdict.InvalidAccepted, "0");
        Row("broken", Verdict.Broken, "0");
        Line("");

        void Row(string name, Verdict verdict, string goal) =>
            Line($"| {name} | {Share(r => r.Plain == verdict)} | {Share(r => r.WithEnd == verdict)} | {goal} |");
        string Share(Predicate<SchemaResult> which)
        {
            int count = results.FindAll(which).Count;
            return string.Create(CultureInfo.InvariantCulture, $"{count} ({100.0 * count / Math.Max(1, results.Count):0.00} %)");
        }
    }

    private void PrintTimings(JsonBenchOptions options)
    {
        Line("| us (compile: ms) | count | avg | p50 | p90 | p99 | p99.9 | max | goal p50 / p99 / p99.9 |");
        Line("|---|---|---|---|---|---|---|---|---|");
        Row("mask, cold", cold.Mask, 1e3, "5 / 150 / 800");
        if (!options.VerdictsOnly)
            Row("mask, warm", warm.Mask, 1e3, "1 / 50 / -");
        if (!options.VerdictsOnly)
            Row("check of one token, cold", cold.Check, 1e3, "1.5 / 15 / -");
        if (!options.VerdictsOnly)
            Row("check of one token, warm", warm.Check, 1e3, "1.5 / 15 / -");
        Row("commit, cold", cold.Commit, 1e3, "");
        if (!options.VerdictsOnly)
            Row("commit, warm", warm.Commit, 1e3, "");
        Row("compile, cold", cold.Compile, 1e6, "0.8 / 10 / -; max 1000");
        if (!options.VerdictsOnly)
            Row("compile, warm", warm.Compile, 1e6, "");
        if (warm.RepeatTokens > 0)
            Line($"\nmanaged bytes a token, warm: {(double)warm.RepeatBytes / warm.RepeatTokens:0.###} (goal 0)");
        Line("");

        void Row(string name, Durations d, double unit, string goal) =>
            Line($"| {name} | {d.Count} | {d.Average / unit:0.00} | {d.Percentile(50) / unit:0.00} | {d.Percentile(90) / unit:0.00} | "
                + $"{d.Percentile(99) / unit:0.00} | {d.Percentile(99.9) / unit:0.00} | {d.Percentile(100) / unit:0.0} | {goal} |");
    }

    private void PrintRefusals(JsonBenchOptions options)
    {
        List<SchemaResult> refused = results.FindAll(r => r.Refusal is not null);
        if (refused.Count == 0)
            return;
        Line($"Refused, by keyword ({refused.Count} schemas):");
        foreach (IGrouping<string, SchemaResult> group in refused.GroupBy(r => r.Refusal!.Keyword ?? "(the schema itself)").OrderByDescending(g => g.Count()))
        {
            Line($"  {group.Count(),5}  {group.Key}");
            foreach (SchemaResult result in options.ListRefusals ? group : group.Take(2))
                Line($"           {result.Name}: {OneLine(result.Refusal!.Message)}");
        }
        Line("");
    }

    private void PrintFailures(JsonBenchOptions options)
    {
        List<SchemaResult> failed = results.FindAll(r => r.Reasons.Count > 0);
        if (failed.Count > 0)
            Line($"Failing schemas ({failed.Count}):");
        foreach (SchemaResult result in failed.Take(MostFailuresPrinted))
            Line($"  {result.Name} [{result.Plain}, with end: {result.WithEnd}]: {OneLine(result.Reasons[0])}");
        if (failed.Count > MostFailuresPrinted)
            Line($"  ... and {failed.Count - MostFailuresPrinted} more (--failures FILE has them all)");
        if (options.FailuresFile is string path)
            File.WriteAllLines(path, results.Where(r => r.Plain != Verdict.Passed || r.WithEnd != Verdict.Passed).Select(r =>
                $"{r.Name}\t{r.Plain}\t{r.WithEnd}\t{OneLine(r.Refusal?.Message ?? string.Join(" | ", r.Reasons))}"));
    }

    private void PrintSlowest(JsonBenchOptions options)
    {
        if (options.Slowest == 0)
            return;
        Line("\nSlowest masks, cold (us):");
        foreach (SchemaResult r in results.OrderByDescending(r => r.SlowestMaskMicroseconds).Take(options.Slowest))
            Line($"  {r.SlowestMaskMicroseconds,10:0.0}  {r.Name} {r.SlowestMaskAt}");
        Line("\nSlowest compiles, cold (ms):");
        foreach (SchemaResult r in results.OrderByDescending(r => r.CompileMilliseconds).Take(options.Slowest))
            Line($"  {r.CompileMilliseconds,10:0.00}  {r.Name}{(r.Refusal is null ? "" : " (refused)")}");
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private void Line(string text) => to.WriteLine(text);
}
