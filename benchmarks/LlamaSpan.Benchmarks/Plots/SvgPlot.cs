using System.Globalization;
using System.Security;
using System.Text;

namespace LlamaSpan.Benchmarks.Plots;

/// <summary>
/// Lines over a logarithmic axis as an SVG that needs nothing else: readable on light and dark ground, each line told apart by its marks
/// and its name at its end as well as by its colour.
/// </summary>
/// <param name="Title">Above it.</param>
/// <param name="XLabel">Below the horizontal axis, which doubles from mark to mark.</param>
/// <param name="YLabel">What is measured, and in what.</param>
/// <param name="Lines">The lines, at most five, each with a point.</param>
/// <param name="IsLogarithmic">True where the vertical axis is logarithmic too, else it begins at 0.</param>
internal sealed record SvgPlot(string Title, string XLabel, string YLabel, IReadOnlyList<Line> Lines, bool IsLogarithmic = false)
{
    private const double Width = 720, Height = 400, Left = 70, Right = 150, Top = 46, Bottom = 56;

    // told apart by people who do not see some colours, and on white as on black (Okabe and Ito)
    private static readonly string[] s_colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];

    private double LowestX => Lines.Min(line => line.Points.Min(point => point.X));

    private double HighestX => Lines.Max(line => line.Points.Max(point => point.X));

    /// <summary>The picture.</summary>
    public string Render()
    {
        double[] marks = Marks();
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n");
        svg.Append("<style>text{fill:#3d444d}.grid{stroke:#8c959f;stroke-opacity:.3}@media(prefers-color-scheme:dark){text{fill:#c9d1d9}}</style>\n");
        Text(svg, Left, 24, "start", Title, " font-size=\"16\" font-weight=\"600\"");
        Text(svg, (Left + Width - Right) / 2, Height - 14, "middle", XLabel);
        Text(svg, 0, 0, "middle", YLabel, string.Create(CultureInfo.InvariantCulture, $" transform=\"translate(18 {(Top + Height - Bottom) / 2}) rotate(-90)\""));
        foreach (double mark in marks)
        {
            double y = Y(mark, marks);
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{Left} {y:0.#}H{Width - Right}\"/>\n");
            Text(svg, Left - 8, y + 4, "end", Number(mark));
        }
        foreach (double x in Lines.SelectMany(line => line.Points).Select(point => point.X).Distinct().Order())
            Text(svg, X(x), Height - Bottom + 20, "middle", Number(x));
        double[] labels = LabelPlaces(marks);
        for (int i = 0; i < Lines.Count; i++)
            Draw(svg, Lines[i], s_colours[i], marks, labels[i]);
        return svg.Append("</svg>\n").ToString();
    }

    private void Draw(StringBuilder svg, Line line, string colour, double[] marks, double label)
    {
        IEnumerable<string> points = line.Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):0.#},{Y(point.Y, marks):0.#}"));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-linejoin=\"round\" points=\"{string.Join(' ', points)}\"/>\n");
        foreach ((double x, double y) in line.Points)
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(x):0.#}\" cy=\"{Y(y, marks):0.#}\" r=\"4\" fill=\"{colour}\"><title>{SecurityElement.Escape(line.Name)}: {Number(x)}, {Number(y)}</title></circle>\n");
        Text(svg, X(line.Points[^1].X) + 12, label + 4, "start", line.Name, $" style=\"fill:{colour}\" font-weight=\"600\"");
    }

    /// <summary>Where the names stand: at the ends of their lines, pushed apart where these meet.</summary>
    private double[] LabelPlaces(double[] marks)
    {
        const double Apart = 17;
        double[] places = new double[Lines.Count];
        double last = double.NegativeInfinity;
        foreach (int i in Enumerable.Range(0, Lines.Count).OrderBy(i => Y(Lines[i].Points[^1].Y, marks)))
            last = places[i] = Math.Max(Y(Lines[i].Points[^1].Y, marks), last + Apart);
        return places;
    }

    private double X(double x) => Left + ((Width - Left - Right) * Share(Math.Log2(x), Math.Log2(LowestX), Math.Log2(HighestX)));

    private double Y(double y, double[] marks)
    {
        double share = IsLogarithmic ? Share(Math.Log(y), Math.Log(marks[0]), Math.Log(marks[^1])) : Share(y, marks[0], marks[^1]);
        return Height - Bottom - ((Height - Top - Bottom) * share);
    }

    private static double Share(double value, double low, double high) => high > low ? (value - low) / (high - low) : 0.5;

    /// <summary>Round values that the lines lie between.</summary>
    private double[] Marks()
    {
        double low = Lines.Min(line => line.Points.Min(point => point.Y)), high = Lines.Max(line => line.Points.Max(point => point.Y));
        if (IsLogarithmic)
        {
            int first = (int)Math.Floor(Math.Log10(low)), last = (int)Math.Ceiling(Math.Log10(high));
            return [.. Enumerable.Range(first, Math.Max(last - first, 1) + 1).Select(power => Math.Pow(10, power))];
        }
        double rough = high / 5, unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = unit * (rough / unit <= 2 ? 2 : rough / unit <= 5 ? 5 : 10);
        return [.. Enumerable.Range(0, (int)Math.Ceiling(high / step) + 1).Select(i => i * step)];
    }

    private static void Text(StringBuilder svg, double x, double y, string anchor, string text, string attributes = "") =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\"{attributes}>{SecurityElement.Escape(text)}</text>\n");

    private static string Number(double value) => value.ToString(value >= 1000 ? "#,0" : "0.###", CultureInfo.InvariantCulture);
}
