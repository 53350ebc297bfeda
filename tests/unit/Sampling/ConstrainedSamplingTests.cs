using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

/// <summary>Sampling under a constraint is sampling from logits in which the forbidden ones are minus infinity.</summary>
public class ConstrainedSamplingTests
{
    public static TheoryData<SamplingOptions> Chains =>
    [
        .. SamplerChains.Basic,
        SamplerChains.Plain with { TopK = 40 },
        new SamplingOptions { Seed = 3, RepetitionPenalty = 1.3f, FrequencyPenalty = 0.5f, DryMultiplier = 1 },
        SamplingOptions.Greedy with { RepetitionPenalty = 1.3f, PresencePenalty = 2 },
    ];

    [Theory]
    [MemberData(nameof(Chains), DisableDiscoveryEnumeration = true)]
    public void Equals_masking_then_sampling(SamplingOptions options) =>
        Gen.Select(Gen.Int[1, 2000], Gen.Int[0, 1 << 20], Gen.OneOf(Array.ConvertAll([0.003, 0.1, 0.5, 0.99], Gen.Const))).Sample(
            (vocabulary, seed, share) =>
            {
                var random = new Random(seed);
                float[] logits = SyntheticLogits.Of(vocabulary, seed);
                bool[] allowed = [.. logits.Select(_ => random.NextDouble() < share)];
                allowed[random.Next(vocabulary)] = true;
                float[] masked = [.. logits.Select((logit, token) => allowed[token] ? logit : float.NegativeInfinity)];
                Sampler constrained = new(options, 0, DryBreakers.None), reference = new(options, 0, DryBreakers.None);
                var constraint = new MaskConstraint(allowed);
                for (int i = 0; i < 10; i++)
                {
                    Dictionary<int, double> expected = Distributions.Of(reference, masked);
                    Assert.Equal(expected, Distributions.Of(constrained, logits, constraint));
                    int token = constrained.Sample(logits, constraint);
                    Assert.Equal(reference.Sample(masked).Id, token);
                    Assert.Contains(token, expected.Keys);
                }
            }, iter: 15);

    [Fact]
    public void Draws_follow_the_masked_distribution()
    {
        float[] logits = SyntheticLogits.Of(5000, 8);
        var random = new Random(1);
        bool[] allowed = [.. logits.Select(_ => random.Next(3) == 0)];
        var constraint = new MaskConstraint(allowed);
        foreach (SamplingOptions options in new[] { new SamplingOptions { Seed = 5 }, SamplerChains.Plain with { Temperature = 1.3f } })
        {
            var sampler = new Sampler(options);
            float[] masked = [.. logits.Select((logit, token) => allowed[token] ? logit : float.NegativeInfinity)];
            Dictionary<int, double> expected = new ReferenceChain(options).Run(masked, [], xtc: false);
            int[] draws = [.. Enumerable.Range(0, 20_000).Select(_ => sampler.Sample(logits, constraint).Id)];
            Assert.InRange(Distributions.ChiSquareExcess(draws, expected), -4, 4);
        }
    }

    [Fact]
    public void Greedy_asks_for_a_mask_only_when_the_best_token_is_forbidden()
    {
        float[] logits = SyntheticLogits.Of(300, 2);
        int best = logits.IndexOf(logits.Max());
        bool[] allowed = [.. logits.Select(_ => true)];
        var sampler = new Sampler(SamplingOptions.Greedy);
        var open = new MaskConstraint(allowed);
        Assert.Equal(best, sampler.Sample(logits, open).Id);
        Assert.Equal((1, 0), (open.Checks, open.Masks));

        allowed[best] = false;
        var closed = new MaskConstraint(allowed);
        Assert.Equal(logits.IndexOf(logits.Where((_, token) => token != best).Max()), sampler.Sample(logits, closed).Id);
        Assert.Equal((1, 1), (closed.Checks, closed.Masks));
    }

    [Fact]
    public void A_constraint_that_allows_nothing_is_an_error()
    {
        var constraint = new MaskConstraint(new bool[100]);
        foreach (SamplingOptions options in new[] { SamplingOptions.Greedy, new(), SamplerChains.Plain, SamplerChains.Plain with { MinP = 0.1f }, SamplerChains.Plain with { TopP = 0.5f } })
        {
            SamplingException error = Assert.Throws<SamplingException>(() => new Sampler(options).Sample(new float[100], constraint));
            Assert.Contains("constraint", error.Message);
        }
    }

    [Fact]
    public void A_constraint_of_another_vocabulary_is_an_error() =>
        Assert.Contains(
            "100 tokens, but there are 101 logits",
            Assert.Throws<ArgumentException>(() => new Sampler().Sample(new float[101], new MaskConstraint(new bool[100]))).Message);
}
