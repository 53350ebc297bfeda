using System.Globalization;
using System.Reflection;
using System.Text;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Reports;

namespace LlamaSpan.Benchmarks.Micro;

/// <summary>benchmarks/results/&lt;machine&gt;/micro.md: the latest result of each micro-benchmark, with the commit and the day it is of.</summary>
internal static class MicroReport
{
    public static void Save(Machine machine, IEnumerable<Summary> summaries)
    {
        string path = Path.Combine(machine.Folder, "micro.md");
        SortedDictionary<string, string> rows = new(StringComparer.Ordinal);
        if (File.Exists(path))
            foreach (string line in File.ReadLines(path).Where(line => line.StartsWith('|')).Skip(2))
                rows[line.Split('|')[1].Trim()] = line;
        foreach (BenchmarkReport report in summaries.SelectMany(summary => summary.Reports))
            rows[Name(report)] = Row(report, machine.Commit);

        StringBuilder text = new();
        text.Append($"# Micro-benchmarks on {machine.Title}\n\n");
        text.Append("Written by `./build.sh bench` (BenchmarkDotNet, one process, memory diagnoser): time and managed memory of one operation. A commit\n");
        text.Append("with + had changes that were not committed.\n\n");
        text.Append("| benchmark | what | mean | standard error | allocated | commit | date |\n");
        text.Append("|---|---|---:|---:|---:|---|---|\n");
        foreach (string row in rows.Values)
            text.Append(row).Append('\n');
        Directory.CreateDirectory(machine.Folder);
        File.WriteAllText(path, text.ToString());
        Console.WriteLine($"in {path}");
    }

    private static string Name(BenchmarkReport report)
    {
        string parameters = string.Join(", ", report.BenchmarkCase.Parameters.Items.Select(item => $"{item.Name} {item.Value}"));
        return $"{report.BenchmarkCase.Descriptor.Type.Name}.{report.BenchmarkCase.Descriptor.WorkloadMethod.Name}{(parameters.Length > 0 ? $" ({parameters})" : "")}";
    }

    private static string What(BenchmarkReport report) =>
        report.BenchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<BenchmarkAttribute>()?.Description ?? "";

    private static string Row(BenchmarkReport report, string commit) => string.Create(CultureInfo.InvariantCulture,
        $"| {Name(report)} | {What(report)} | {Time(report.ResultStatistics!.Mean)} | {Time(report.ResultStatistics.StandardError)} | {report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0} B | {commit} | {DateTime.UtcNow:yyyy-MM-dd} |");

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0.00} ns"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.00} us"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.00} ms"),
    };
}
