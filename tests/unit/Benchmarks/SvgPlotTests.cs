using System.Globalization;
using System.Xml.Linq;
using LlamaSpan.Benchmarks.Plots;
using Xunit;

namespace LlamaSpan.UnitTests;

/// <summary>The pictures of results.</summary>
public class SvgPlotTests
{
    private static readonly SvgPlot s_plot = new("Speed & size", "requests", "tokens a second",
        [new("ours", [(1, 10), (4, 30), (16, 95)]), new("<theirs>", [(1, 11), (4, 29), (16, 90)])]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_points_lie_within_the_picture_the_higher_ones_above(bool logarithmic)
    {
        XElement svg = XElement.Parse((s_plot with { IsLogarithmic = logarithmic }).Render());
        double[] box = [.. svg.Attribute("viewBox")!.Value.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        (double X, double Y)[] points = [.. svg.Elements().Where(element => element.Name.LocalName == "circle").Select(circle => (Number(circle, "cx"), Number(circle, "cy")))];
        Assert.Equal(6, points.Length);
        Assert.All(points, point => Assert.True(point.X > 0 && point.X < box[2] && point.Y > 0 && point.Y < box[3]));
        Assert.True(points[0].Y > points[1].Y && points[1].Y > points[2].Y && points[0].X < points[1].X && points[1].X < points[2].X);
        Assert.Equal(points[1].X - points[0].X, points[2].X - points[1].X, 0.2);
    }

    [Fact]
    public void It_names_its_axes_its_lines_and_its_marks()
    {
        string[] texts = [.. XElement.Parse(s_plot.Render()).Elements().Where(element => element.Name.LocalName == "text").Select(text => text.Value)];
        Assert.All(["Speed & size", "requests", "tokens a second", "ours", "<theirs>", "1", "4", "16", "0", "20", "100"], text => Assert.Contains(text, texts));
    }

    [Fact]
    public void Names_of_lines_that_end_at_one_place_do_not_cover_each_other()
    {
        XElement[] names = [.. XElement.Parse(s_plot.Render()).Elements().Where(element => element.Value is "ours" or "<theirs>")];
        Assert.Equal(2, names.Length);
        Assert.True(Math.Abs(Number(names[0], "y") - Number(names[1], "y")) >= 15);
    }

    private static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
