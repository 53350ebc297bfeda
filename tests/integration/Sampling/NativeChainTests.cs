using Xunit;

namespace LlamaSpan.IntegrationTests.Sampling;

/// <summary>The pipeline against llama.cpp's own chain: the same survivors with the same probabilities, and draws that follow them.</summary>
public class NativeChainTests
{
    private static readonly SamplingOptions Off = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = 1 };

    private static readonly SamplingOptions Penalties = new()
    {
        RepetitionPenalty = 1.1f,
        FrequencyPenalty = 0.2f,
        PresencePenalty = 0.1f,
        PenaltyWindow = 48,
        TopK = 40,
        Seed = 1,
        LogitBias = new Dictionary<LlamaToken, float> { [new(3)] = 4, [new(17)] = -2, [new(50)] = float.NegativeInfinity },
    };

    public static TheoryData<int, SamplingOptions> Chains
    {
        get
        {
            SamplingOptions[] chains =
            [
                new() { Seed = 1 },
                Off,
                Off with { Temperature = 0 },
                Off with { Temperature = 0.5f },
                Off with { Temperature = 0.8f, DynamicTemperatureRange = 0.4f, DynamicTemperatureExponent = 1.2f },
                Off with { TopK = 1 },
                Off with { TopK = 40 },
                Off with { TopK = 5000 },
                Off with { TopP = 0.5f },
                Off with { TopP = 0.95f },
                Off with { TopP = 0.01f, MinKeep = 300 },
                Off with { MinP = 0.05f },
                Off with { MinP = 0.9f, MinKeep = 12 },
                Off with { TypicalP = 0.5f },
                Off with { TypicalP = 0.95f },
                Off with { TopNSigma = 1 },
                Off with { TopNSigma = 3, TopK = 100 },
                Off with { XtcProbability = 1, XtcThreshold = 0.02f },
                Off with { XtcProbability = 1, XtcThreshold = 0.02f, TopK = 40, MinKeep = 36 },
                Penalties,
                Penalties with { TopK = 0, TopP = 1, MinP = 0 },
                Penalties with { TopK = 0, TypicalP = 0.9f, XtcProbability = 1 },
                new()
                {
                    Seed = 1, TopNSigma = 2, TopK = 200, TopP = 0.9f, MinP = 0.01f, XtcProbability = 1, XtcThreshold = 0.05f,
                    DynamicTemperatureRange = 0.3f, RepetitionPenalty = 1.2f, MinKeep = 2,
                },
                new() { Seed = 1, TopK = 100, TypicalP = 0.8f, TopP = 0.9f, MinP = 0.05f, Temperature = 1.4f },
            ];
            var data = new TheoryData<int, SamplingOptions>();
            foreach (int vocabulary in new[] { 32_000, 128_256 })
                foreach (SamplingOptions chain in chains)
                    data.Add(vocabulary, chain);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Chains), DisableDiscoveryEnumeration = true)]
    public void Equals_llama_cpp(int vocabulary, SamplingOptions options)
    {
        using var native = new NativeChain(options, vocabulary);
        var sampler = new Sampler(options);
        for (int position = 0; position < 4; position++)
        {
            AssertEqual(options, sampler, native, SyntheticLogits.Of(vocabulary, position, 1 + position % 3), [.. Enumerable.Range(0, position * 10).Select(Token)]);
            for (int i = 0; i < 10; i++)
            {
                native.Accept(Token(position * 10 + i));
                sampler.Accept(new LlamaToken(Token(position * 10 + i)));
            }
        }
    }

    [Fact]
    public void Penalizes_repetitions_as_llama_cpp_does()
    {
        using LlamaModel model = LlamaModel.Load(
            Repository.PathOf("native/llama.cpp/models/ggml-vocab-llama-bpe.gguf"), new ModelOptions { VocabularyOnly = true },
            cancellationToken: TestContext.Current.CancellationToken);
        int size = model.Vocabulary.Size;
        LlamaToken[] text = model.Vocabulary.Tokenize(
            "He said: \"go on, go on\".\n* He said: \"go on, go on, and go on\".\n* He said: \"go on and on and on and on and on and on", addSpecial: false);
        foreach (string[] breakers in new string[][] { ["\n", ":", "\"", "*"], [], [" and", "on, g", "said: \"go"] })
        {
            SamplingOptions options = Off with { DryMultiplier = 0.8f, DryAllowedLength = 1, DryWindow = 40, DrySequenceBreakers = breakers, TopK = 200 };
            using var native = new NativeChain(options, size, model);
            var sampler = new Sampler(options, model.Vocabulary);
            int lowered = 0;
            foreach (LlamaToken token in text)
            {
                float[] logits = SyntheticLogits.Of(size, token.Id);
                foreach (LlamaToken likely in text)
                    logits[likely.Id] = 10;
                Dictionary<int, double> actual = Distributions.Of(sampler, logits);
                Assert.InRange(Distributions.Distance(native.Run(logits), actual), 0, 1e-5);
                lowered += text.Select(likely => actual.GetValueOrDefault(likely.Id)).Distinct().Count() - 1;
                native.Accept(token.Id);
                sampler.Accept(token);
            }
            Assert.True(lowered > 0, "no token was ever lowered, so nothing was compared");
        }
    }

    [Theory]
    [InlineData(0, 1, 0, 1)]
    [InlineData(40, 0.95, 0.05, 0.8)]
    [InlineData(0, 0.9, 0, 1.2)]
    public void Draws_follow_llama_cpps_probabilities(int topK, float topP, float minP, float temperature)
    {
        SamplingOptions options = Off with { TopK = topK, TopP = topP, MinP = minP, Temperature = temperature };
        float[] logits = SyntheticLogits.Of(32_000, 77, 1.5f);
        using var native = new NativeChain(options, logits.Length);
        var sampler = new Sampler(options);
        int[] draws = new int[10_000];
        for (int i = 0; i < draws.Length; i++)
            draws[i] = sampler.Sample(logits).Id;
        Assert.InRange(Distributions.ChiSquareExcess(draws, native.Run(logits)), -4, 4);
    }

    private static int Token(int position) => position * position % 61;

    /// <summary>
    /// llama.cpp adds up a vocabulary in single precision, in order. Where its rounding shows, in the probabilities or in who survives
    /// at a limit, the exact reference must agree with us.
    /// </summary>
    private static void AssertEqual(SamplingOptions options, Sampler sampler, NativeChain native, float[] logits, int[] history)
    {
        Dictionary<int, double> actual = Distributions.Of(sampler, logits), theirs = native.Run(logits);
        double distance = Distributions.Distance(theirs, actual);
        if (distance <= 1e-5)
            return;
        var reference = new ReferenceChain(options);
        double exact = Distributions.Distance(reference.Run(logits, history, xtc: true), actual);
        Assert.True(
            exact <= 1e-6 && (reference.Margin < 1e-4 || (distance < 1e-4 && theirs.Keys.ToHashSet().SetEquals(actual.Keys))),
            $"{options}: {theirs.Count} against {actual.Count} tokens differ by {distance}; by {exact} from the exact ones, margin {reference.Margin}");
    }
}
