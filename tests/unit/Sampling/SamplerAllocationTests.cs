using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

public class SamplerAllocationTests
{
    public static TheoryData<SamplingOptions> Chains =>
    [
        .. SamplerChains.Basic,
        new SamplingOptions
        {
            Seed = 3, RepetitionPenalty = 1.3f, FrequencyPenalty = 0.5f, DryMultiplier = 1, PenaltyWindow = int.MaxValue, DryWindow = 256,
            LogitBias = new Dictionary<LlamaToken, float> { [new(5)] = 2, [new(6)] = float.NegativeInfinity },
        },
        SamplerChains.Plain with { PresencePenalty = 1 },
    ];

    [Theory]
    [MemberData(nameof(Chains), DisableDiscoveryEnumeration = true)]
    public void A_warm_sampler_allocates_nothing(SamplingOptions options)
    {
        float[][] logits = [.. Enumerable.Range(0, 16).Select(seed => SyntheticLogits.Of(8000, seed))];
        var constraint = new MaskConstraint([.. logits[0].Select((_, token) => token % 3 != 0)]);
        var sampler = new Sampler(options, 0, DryBreakers.None);
        sampler.Reserve(4096);
        var top = new TokenLogProbability[5];
        Run(300);
        sampler.Rollback(150);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(300);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int tokens)
        {
            for (int i = 0; i < tokens; i++)
            {
                LlamaToken token = sampler.Sample(logits[i % 16], i % 2 == 0 ? constraint : null);
                sampler.LogProbability(DistributionKind.Model, logits[i % 16], token, top);
                sampler.LogProbability(DistributionKind.Sampling, logits[i % 16], token, top);
            }
        }
    }
}
