using System.Text;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>benchmarks/results/&lt;machine&gt;/ratios.md: the latest result of each ratio, with the commit and the day it is of.</summary>
internal sealed class RatioReport
{
    private readonly Machine _machine;
    private readonly SortedDictionary<string, string> _rows = new(StringComparer.Ordinal);

    private RatioReport(Machine machine) => _machine = machine;

    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(_machine.Folder, "ratios.md");

    /// <summary>The report as the file has it, empty where there is none.</summary>
    public static RatioReport Of(Machine machine)
    {
        RatioReport report = new(machine);
        if (File.Exists(report.Path))
            foreach (string line in File.ReadLines(report.Path).Where(line => line.StartsWith('|')).Skip(2))
                report._rows[line.Split('|')[1].Trim()] = line;
        return report;
    }

    /// <summary>Takes a result in, instead of an older one of the same name.</summary>
    public void Add(RatioResult result) => _rows[result.Variant.Name] = result.Row;

    /// <summary>Writes the file.</summary>
    public void Save()
    {
        StringBuilder text = new();
        text.Append($"# Ratios on {_machine.Title}\n\n");
        text.Append("Written by `./build.sh bench ratios`, which measures both sides in turns with the same model and threads, until the 95 %\n");
        text.Append("interval of the median is clear of the goal or a limit is reached. A commit with + had changes that were not committed.\n\n");
        text.Append("| name | what | value | 95 % interval | goal | | rounds | threads | commit | date |\n");
        text.Append("|---|---|---:|---:|---|---|---:|---:|---|---|\n");
        foreach (string row in _rows.Values)
            text.Append(row).Append('\n');
        Directory.CreateDirectory(_machine.Folder);
        File.WriteAllText(Path, text.ToString());
    }
}
