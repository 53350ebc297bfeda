using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

public class SamplerTests
{
    private static readonly SamplingOptions Hot = new() { Temperature = 1.5f, TopK = 0, TopP = 1, MinP = 0, Seed = 42 };

    private static readonly SamplingOptions Repulsed = Hot with
    {
        RepetitionPenalty = 1.2f,
        FrequencyPenalty = 0.3f,
        DryMultiplier = 1,
        DryWindow = 200,
        XtcProbability = 0.5f,
        TopK = 100,
    };

    [Fact]
    public void Equal_seeds_draw_equal_tokens_and_others_do_not()
    {
        Assert.Equal(Draw(new Sampler(Hot), 200), Draw(new Sampler(Hot), 200));
        Assert.NotEqual(Draw(new Sampler(Hot), 200), Draw(new Sampler(Hot with { Seed = 43 }), 200));
        Assert.NotEqual(Draw(new Sampler(Hot), 200), Draw(new Sampler(Hot, stream: 1), 200));
    }

    [Fact]
    public void Without_a_seed_each_sampler_takes_one_of_its_own_and_says_which()
    {
        var first = new Sampler(Hot with { Seed = null });
        Assert.NotEqual(first.Seed, new Sampler(Hot with { Seed = null }).Seed);
        Assert.Equal(Draw(first, 50), Draw(new Sampler(Hot with { Seed = first.Seed }), 50));
    }

    [Fact]
    public void After_a_rollback_the_same_tokens_are_drawn_again()
    {
        Sampler sampler = Repulsing();
        Draw(sampler, 50);
        int[] expected = Draw(sampler, 100);
        sampler.Rollback(100);
        Assert.Equal(50, sampler.Position);
        Assert.Equal(expected, Draw(sampler, 100));
        sampler.Rollback(37);
        Assert.Equal(expected[63..], Draw(sampler, 37));
    }

    [Fact]
    public void A_reset_starts_over()
    {
        Sampler sampler = Repulsing();
        int[] expected = Draw(sampler, 60);
        sampler.Reset();
        Assert.Equal(expected, Draw(sampler, 60));
    }

    [Fact]
    public void A_clone_draws_alike_and_goes_its_own_way()
    {
        Sampler sampler = Repulsing();
        Draw(sampler, 30);
        Sampler clone = sampler.Clone(), other = sampler.Clone(stream: 5);
        int[] expected = Draw(sampler, 60);
        Assert.Equal(expected, Draw(clone, 60));
        Assert.NotEqual(expected, Draw(other, 60));
    }

    [Fact]
    public void Choosing_changes_nothing()
    {
        var sampler = new Sampler(Hot);
        float[] logits = SyntheticLogits.Of(1000, 1);
        LlamaToken chosen = sampler.Choose(logits);
        Assert.Equal(chosen, sampler.Choose(logits));
        Assert.Equal(0, sampler.Position);
        Assert.Equal(chosen, sampler.Sample(logits));
        Assert.Equal(1, sampler.Position);
    }

    [Fact]
    public void The_logits_stay_as_they_are()
    {
        SamplingOptions[] all = [Hot, Repulsed, Hot with { TopNSigma = 1 }, Hot with { XtcProbability = 1, XtcThreshold = 0.01f }, SamplingOptions.Greedy];
        foreach (SamplingOptions options in all)
        {
            float[] logits = SyntheticLogits.Of(3000, 5), before = [.. logits];
            var sampler = new Sampler(options with { LogitBias = new Dictionary<LlamaToken, float> { [new(7)] = 3 } }, 0, DryBreakers.None);
            for (int i = 0; i < 20; i++)
                sampler.Sample(logits);
            Assert.Equal(before, logits);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Greedy_takes_the_first_of_the_highest(int vocabulary)
    {
        var sampler = new Sampler(SamplingOptions.Greedy);
        for (int seed = 0; seed < 50; seed++)
        {
            float[] logits = [.. SyntheticLogits.Of(vocabulary, seed).Select(x => MathF.Round(x))];
            Assert.Equal(logits.IndexOf(logits.Max()), sampler.Sample(logits).Id);
        }
    }

    [Fact]
    public void Zero_and_minus_zero_tie() =>
        Assert.Equal(1, new Sampler(SamplingOptions.Greedy).Sample([-1, -0f, 0f, -2]).Id);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_logit_that_is_no_number_is_an_error_that_names_the_token(float bad)
    {
        SamplingOptions[] all =
        [
            SamplingOptions.Greedy, new(), Hot, Hot with { TopP = 0.9f }, Hot with { MinP = 0.1f }, Hot with { TopNSigma = 1 },
            Hot with { TypicalP = 0.5f }, Hot with { XtcProbability = 1 }, Repulsed,
        ];
        foreach (SamplingOptions options in all)
            foreach (int token in new[] { 0, 64, 500, 999 })
            {
                float[] logits = SyntheticLogits.Of(1000, token);
                logits[token] = bad;
                var sampler = new Sampler(options, 0, DryBreakers.None);
                sampler.Accept([new(token), new(3)]);
                SamplingException error = Assert.Throws<SamplingException>(() => sampler.Sample(logits));
                Assert.Equal(token, error.Token.Id);
                Assert.Equal(2, sampler.Position);
            }
    }

    [Fact]
    public void Nothing_to_sample_from_is_an_error()
    {
        float[] logits = new float[100];
        logits.AsSpan().Fill(float.NegativeInfinity);
        foreach (SamplingOptions options in new[] { SamplingOptions.Greedy, new(), Hot, Hot with { TopP = 0.9f }, Hot with { MinP = 0.1f }, Repulsed })
            Assert.Contains("minus infinity", Assert.Throws<SamplingException>(() => new Sampler(options, 0, DryBreakers.None).Sample(logits)).Message);
        Assert.Equal("logits", Assert.Throws<ArgumentException>(() => new Sampler().Sample([])).ParamName);
    }

    [Fact]
    public void Tokens_outside_the_vocabulary_are_errors()
    {
        var biased = new Sampler(Hot with { LogitBias = new Dictionary<LlamaToken, float> { [new(10)] = 1 } });
        Assert.Equal(10, Assert.Throws<SamplingException>(() => biased.Sample(new float[10])).Token.Id);
        var penalized = new Sampler(Hot with { PresencePenalty = 1 });
        penalized.Accept(new LlamaToken(12));
        Assert.Equal(12, Assert.Throws<SamplingException>(() => penalized.Sample(new float[10])).Token.Id);
        Assert.Throws<ArgumentOutOfRangeException>(() => penalized.Accept(LlamaToken.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => penalized.Rollback(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => penalized.Rollback(-1));
    }

    [Fact]
    public void A_forbidden_token_is_never_drawn()
    {
        float[] logits = SyntheticLogits.Of(200, 9);
        int best = logits.IndexOf(logits.Max());
        var sampler = new Sampler(Hot with { LogitBias = new Dictionary<LlamaToken, float> { [new(best)] = float.NegativeInfinity } });
        for (int i = 0; i < 1000; i++)
            Assert.NotEqual(best, sampler.Sample(logits).Id);
    }

    private static Sampler Repulsing() => new(Repulsed, 0, DryBreakers.None);

    private static int[] Draw(Sampler sampler, int tokens)
    {
        var drawn = new int[tokens];
        for (int i = 0; i < tokens; i++)
            drawn[i] = sampler.Sample(SyntheticLogits.Of(500, sampler.Position));
        return drawn;
    }
}
