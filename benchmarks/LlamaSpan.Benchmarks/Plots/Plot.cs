using System.Globalization;
using System.Text;

namespace LlamaSpan.Benchmarks.Plots;

/// <summary>A plot and its numbers, as they are filed beside the ratios.</summary>
/// <param name="Name">The files' name.</param>
/// <param name="Picture">The plot.</param>
internal sealed record Plot(string Name, SvgPlot Picture)
{
    /// <summary>Writes NAME.svg and NAME.md.</summary>
    public void Save(Machine machine)
    {
        Directory.CreateDirectory(machine.Folder);
        File.WriteAllText(Path.Combine(machine.Folder, $"{Name}.svg"), Picture.Render());
        File.WriteAllText(Path.Combine(machine.Folder, $"{Name}.md"), Table(machine));
    }

    private string Table(Machine machine)
    {
        StringBuilder text = new();
        text.Append($"# {Picture.Title}\n\n{Picture.YLabel}, on {machine.Title}, commit {machine.Commit}. Written by `./build.sh bench plots`.\n\n");
        text.Append($"| {Picture.XLabel} | {string.Join(" | ", Picture.Lines.Select(line => line.Name))} |\n");
        text.Append($"|---:|{string.Concat(Picture.Lines.Select(_ => "---:|"))}\n");
        foreach (double x in Picture.Lines.SelectMany(line => line.Points).Select(point => point.X).Distinct().Order())
            text.Append(CultureInfo.InvariantCulture, $"| {x:#,0} | {string.Join(" | ", Picture.Lines.Select(line => Cell(line, x)))} |\n");
        return text.ToString();
    }

    private static string Cell(Line line, double x) =>
        line.Points.Where(point => point.X == x).Select(point => point.Y.ToString(point.Y >= 100 ? "0" : point.Y >= 10 ? "0.0" : "0.000", CultureInfo.InvariantCulture))
            .FirstOrDefault("");
}
