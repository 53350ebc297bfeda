using LlamaSpan.Benchmarks.Ratios;
using Xunit;

namespace LlamaSpan.UnitTests;

/// <summary>The medians, intervals and goals that ratios are judged by.</summary>
public class SeriesTests
{
    [Theory]
    [InlineData(new double[] { 3 }, 3)]
    [InlineData(new double[] { 4, 1 }, 2.5)]
    [InlineData(new double[] { 9, 1, 5 }, 5)]
    public void The_median_is_the_middle(double[] values, double median) => Assert.Equal(median, Of(values).Median);

    // of n values the k-th smallest and the k-th largest, k by the binomial distribution (sign test)
    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(12, 3)]
    [InlineData(20, 6)]
    [InlineData(60, 22)]
    public void The_interval_reaches_to_the_values_that_the_sign_test_gives(int count, int k)
    {
        (double Low, double High) expected = k == 0 ? (double.NegativeInfinity, double.PositiveInfinity) : (k, count + 1 - k);
        Assert.Equal(expected, Of([.. Enumerable.Range(1, count).Select(i => (double)i).Reverse()]).Interval());
    }

    [Fact]
    public void The_interval_holds_the_true_median_95_times_of_100()
    {
        Random random = new(1);
        int held = 0;
        const int Trials = 4000;
        for (int trial = 0; trial < Trials; trial++)
        {
            // skewed on purpose: the median of exp(4x) for x in [0, 1) is exp(2)
            (double low, double high) = Of([.. Enumerable.Range(0, 12).Select(_ => Math.Exp(4 * random.NextDouble()))]).Interval();
            held += low <= Math.Exp(2) && Math.Exp(2) <= high ? 1 : 0;
        }
        Assert.InRange(held / (double)Trials, 0.95, 0.98);
    }

    [Fact]
    public void A_goal_is_met_from_its_bound_on_and_clear_where_no_value_of_an_interval_crosses_it()
    {
        Assert.True(Goal.AtLeast(0.98).IsMet(0.98));
        Assert.False(Goal.AtLeast(0.98).IsMet(0.979));
        Assert.True(Goal.AtMost(1.05).IsMet(1.05));
        Assert.False(Goal.AtMost(1.05).IsMet(1.051));
        Assert.True(Goal.AtLeast(10).IsClearOf(11, 12));
        Assert.True(Goal.AtLeast(10).IsClearOf(8, 9));
        Assert.False(Goal.AtLeast(10).IsClearOf(9, 11));
        Assert.Equal((">= 0.98", "<= 0"), (Goal.AtLeast(0.98).ToString(), Goal.AtMost(0).ToString()));
    }

    private static Series Of(double[] values)
    {
        Series series = new();
        foreach (double value in values)
            series.Add(value);
        return series;
    }
}
