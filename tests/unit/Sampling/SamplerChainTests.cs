using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

/// <summary>The pipeline against the plain reference: the same survivors with the same probabilities.</summary>
public class SamplerChainTests
{
    private static readonly SamplingOptions Off = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = 1 };

    private static readonly Gen<float> Share = Gen.Float[0.01f, 0.99f];
    private static readonly Gen<int> MinKeep = Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[1, 20]));

    private static readonly Gen<SamplingOptions> Any =
        from topK in Gen.Frequency((2, Gen.Const(0)), (3, Gen.Int[1, 60]), (1, Gen.Int[100, 5000]))
        from topP in Sometimes(Share, 1)
        from minP in Sometimes(Gen.Float[0.0001f, 0.5f], 0)
        from typical in Gen.Frequency((3, Gen.Const(1f)), (1, Share))
        from sigma in Gen.Frequency((3, Gen.Const(0f)), (1, Gen.Float[0.2f, 4f]))
        from xtc in Sometimes(Gen.Const(1f), 0)
        from threshold in Gen.Float[0.001f, 0.5f]
        from temperature in Gen.Frequency((1, Gen.Const(0f)), (5, Gen.Float[0.1f, 3f]))
        from range in Gen.Frequency((4, Gen.Const(0f)), (1, Gen.Float[0.1f, 1f]))
        from minKeep in MinKeep
        select Off with
        {
            TopK = topK,
            TopP = topP,
            MinP = minP,
            TypicalP = typical,
            TopNSigma = sigma,
            XtcProbability = xtc,
            XtcThreshold = threshold,
            Temperature = temperature,
            DynamicTemperatureRange = range,
            DynamicTemperatureExponent = 1.3f,
            MinKeep = minKeep,
        };

    private static readonly Gen<SamplingOptions> AnyWithPenalties =
        from chain in Any
        from repetition in Gen.Float[0.8f, 1.5f]
        from frequency in Gen.Float[-0.5f, 1]
        from presence in Gen.Float[-0.5f, 1]
        from window in Gen.OneOf(Gen.Int[0, 80], Gen.Const(int.MaxValue))
        from dry in Sometimes(Gen.Float[0.2f, 2], 0)
        from allowed in Gen.Int[0, 4]
        from dryWindow in Gen.Int[1, 100]
        from bias in Gen.OneOf(Gen.Float[-5, 5], Gen.Const(float.NegativeInfinity)).Array[0, 5]
        select chain with
        {
            RepetitionPenalty = repetition,
            FrequencyPenalty = frequency,
            PresencePenalty = presence,
            PenaltyWindow = window,
            DryMultiplier = dry,
            DryAllowedLength = allowed,
            DryWindow = dryWindow,
            LogitBias = bias.Select((value, i) => (Token: new LlamaToken(i), value)).ToDictionary(pair => pair.Token, pair => pair.value),
        };

    private static readonly Gen<float[]> Logits =
        from vocabulary in Gen.OneOf(Gen.Int[1, 200], Gen.Int[1000, 3000])
        from seed in Gen.Int[0, 1 << 30]
        from spread in Gen.OneOf(Gen.Const(2f), Gen.Float[0.01f, 20])
        from ties in Gen.Bool
        from holes in Gen.Frequency((3, Gen.Const(0)), (1, Gen.Const(3)))
        select Shape(SyntheticLogits.Of(vocabulary, seed, spread), ties, holes);

    [Fact]
    public void Each_truncation_alone_equals_the_reference()
    {
        Func<SamplingOptions, SamplingOptions>[] steps =
        [
            o => o,
            o => o with { TopK = 40 },
            o => o with { TopK = 1 },
            o => o with { TopP = 0.9f },
            o => o with { TopP = 0 },
            o => o with { MinP = 0.05f },
            o => o with { MinP = 1 },
            o => o with { TypicalP = 0.7f },
            o => o with { TopNSigma = 1 },
            o => o with { XtcProbability = 1, XtcThreshold = 0.05f },
            o => o with { Temperature = 0.3f },
            o => o with { Temperature = 0 },
            o => o with { Temperature = 1, DynamicTemperatureRange = 0.5f },
        ];
        foreach (Func<SamplingOptions, SamplingOptions> step in steps)
            Logits.Sample(logits => AssertEqual(step(Off), logits, []), iter: 20);
    }

    [Fact]
    public void Any_combination_equals_the_reference() =>
        Gen.Select(Any, Logits).Sample((options, logits) => AssertEqual(options, logits, []), iter: 600);

    [Fact]
    public void Any_combination_with_penalties_equals_the_reference()
    {
        Gen<(float[], int[])> withHistory =
            from logits in Logits
            from distinct in Gen.Int[1, 40]
            from history in Gen.Int[0, distinct].Array[0, 150]
            select (logits, history);
        Gen.Select(AnyWithPenalties, withHistory).Sample(
            (options, pair) =>
            {
                if (pair.Item1.Length > 45)
                    AssertEqual(options, pair.Item1, pair.Item2);
            }, iter: 500);
    }

    [Theory]
    [InlineData(0, 1, 0, 1)]
    [InlineData(40, 0.95, 0.05, 0.8)]
    [InlineData(0, 0.9, 0, 1)]
    [InlineData(0, 1, 0.02, 1.5)]
    [InlineData(5000, 1, 0, 2)]
    public void Draws_follow_the_distribution(int topK, float topP, float minP, float temperature)
    {
        SamplingOptions options = Off with { TopK = topK, TopP = topP, MinP = minP, Temperature = temperature, Seed = 7 };
        float[] logits = SyntheticLogits.Of(6000, 11);
        var sampler = new Sampler(options);
        Dictionary<int, double> expected = Distributions.Of(sampler, logits);
        var draws = new int[20_000];
        for (int i = 0; i < draws.Length; i++)
            draws[i] = sampler.Sample(logits);
        Assert.InRange(Distributions.ChiSquareExcess(draws, expected), -4, 4);
    }

    [Fact]
    public void Xtc_takes_effect_as_often_as_asked()
    {
        float[] logits = SyntheticLogits.Of(500, 3);
        var sampler = new Sampler(Off with { XtcProbability = 0.3f, XtcThreshold = 0.05f });
        int best = logits.IndexOf(logits.Max()), dropped = 0;
        for (int i = 0; i < 4000; i++)
        {
            if (sampler.LogProbability(DistributionKind.Sampling, logits, new LlamaToken(best), []) == float.NegativeInfinity)
                dropped++;
            sampler.Accept(new LlamaToken(1));
        }
        Assert.InRange(dropped, 4000 * 0.3 - 120, 4000 * 0.3 + 120);
    }

    private static Gen<float> Sometimes(Gen<float> value, float off) => Gen.OneOf(Gen.Const(off), value);

    private static float[] Shape(float[] logits, bool ties, int holes)
    {
        for (int i = 0; i < logits.Length; i++)
        {
            if (ties)
                logits[i] = MathF.Round(logits[i] * 4) / 4;
            if (holes > 0 && i % holes == 1)
                logits[i] = float.NegativeInfinity;
        }
        return logits;
    }

    private static void AssertEqual(SamplingOptions options, float[] logits, int[] history)
    {
        var reference = new ReferenceChain(options);
        Dictionary<int, double> expected = reference.Run(logits, history, xtc: true);
        var sampler = new Sampler(options, 0, DryBreakers.None);
        sampler.Accept(Array.ConvertAll(history, id => new LlamaToken(id)));
        if (expected.Count == 0)
            return;
        Dictionary<int, double> actual = Distributions.Of(sampler, logits);
        if (Distributions.Distance(expected, actual) > 1e-5 && reference.Margin > 1e-5)
            Assert.Fail($"{options}: {expected.Count} against {actual.Count} tokens, differing by {Distributions.Distance(expected, actual)}.");
        int drawn = sampler.Choose(logits);
        Assert.True(actual.ContainsKey(drawn), $"{options}: token {drawn} is not among those that can be drawn.");
    }
}
