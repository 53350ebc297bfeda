using Xunit;

namespace LlamaSpan.UnitTests.Engine;

/// <summary>How far is guessed, with given times: no clock is looked at.</summary>
public class SpeculationTests
{
    [Fact]
    public void A_step_costs_what_its_neighbours_cost_and_a_wider_one_than_any_as_much_as_the_widest()
    {
        StepCost cost = new();
        Assert.False(cost.IsKnown(1));
        cost.Measure(1, 10);
        Assert.Equal(10, cost.Of(40));
        cost.Measure(5, 30);
        Assert.Equal((10, 20, 30, 30), (cost.Of(1), cost.Of(3), cost.Of(5), cost.Of(9)));
        for (int i = 0; i < 200; i++)
            cost.Measure(5, 50);
        Assert.Equal(50, cost.Of(5), 0.001);
        Assert.False(cost.IsKnown(1));      // too long ago
        Assert.True(cost.IsKnown(5));
        for (int width = 1; width < 4000; width++)
            cost.Measure(width, width);
        for (int width = 1; width < 4000; width++)
            Assert.InRange(cost.Of(width), width * 0.9, width * 1.1 + 50);
    }

    [Theory]
    [InlineData(0.0, 12)]       // wide steps cost nothing more: all that may be
    [InlineData(0.3, 2)]        // a token more costs a third of a step
    [InlineData(1.0, 0)]        // a token more costs a step: never
    public void So_much_is_guessed_as_brings_most_tokens_a_second(double costOfToken, int expected)
    {
        Speculation speculation = new(null, Measured(costOfToken));
        DraftPace pace = new();
        pace.Pays();      // else the first is a try
        speculation.Begin(streams: 1, width: 1);
        Assert.InRange(speculation.LengthFor(pace, 12, byModel: false), expected == 12 ? 12 : expected, expected == 0 ? 0 : expected + 1);
    }

    [Fact]
    public void What_does_not_pay_is_tried_again_ever_more_rarely_and_at_once_when_it_pays()
    {
        Speculation speculation = new(null, Measured(1.0));
        DraftPace pace = new();
        List<int> tried = [];
        for (int step = 0; step < 400; step++)
        {
            speculation.Begin(1, 1);
            if (speculation.LengthFor(pace, 8, byModel: false) > 0)
            {
                tried.Add(step);
                pace.Report(2, 0);
            }
        }
        Assert.InRange(tried.Count, 6, 14);
        Assert.Equal(65, tried[^1] - tried[^2]);
        for (int i = 0; i < 40; i++)
            pace.Report(8, 8);
        speculation = new(null, Measured(0.05));
        speculation.Begin(1, 1);
        Assert.Equal(8, speculation.LengthFor(pace, 8, byModel: false));
    }

    [Fact]
    public void Guesses_that_fail_are_no_longer_made_though_wide_steps_are_cheap()
    {
        Speculation speculation = new(null, Measured(0.1));
        DraftPace pace = new();
        int guessed = 0;
        for (int step = 0; step < 200; step++)
        {
            speculation.Begin(1, 1);
            int length = speculation.LengthFor(pace, 8, byModel: false);
            if (length > 0)
                pace.Report(length, 0);
            guessed += length > 0 ? 1 : 0;
        }
        Assert.InRange(guessed, 5, 25);
    }

    [Fact]
    public void Many_streams_share_what_a_wide_step_costs()
    {
        // twenty tokens cost as one does, then each a step more: one stream may guess, and of many only the first few
        StepCost cost = new();
        for (int width = 1; width <= 64; width++)
            cost.Measure(width, Math.Max(1, 1 + (width - 20)));
        Speculation speculation = new(null, cost);
        DraftPace[] paces = [.. Enumerable.Range(0, 16).Select(_ => new DraftPace())];
        foreach (DraftPace pace in paces)
            pace.Pays();
        speculation.Begin(1, 1);
        Assert.Equal(8, speculation.LengthFor(paces[0], 8, byModel: false));
        speculation.Begin(16, 16);
        int together = paces.Sum(pace => speculation.LengthFor(pace, 8, byModel: false));
        Assert.InRange(together, 2, 5);
    }

    private static StepCost Measured(double costOfToken)
    {
        StepCost cost = new();
        for (int width = 1; width <= 32; width++)
            cost.Measure(width, 1 + costOfToken * (width - 1));
        return cost;
    }
}
