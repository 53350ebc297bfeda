namespace LlamaSpan.UnitTests.Sampling;

/// <summary>Ways of sampling that take different paths through the pipeline.</summary>
internal static class SamplerChains
{
    public static SamplingOptions Plain { get; } = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = 3 };

    public static IEnumerable<SamplingOptions> Basic { get; } =
    [
        SamplingOptions.Greedy,
        new SamplingOptions { Seed = 3 },
        Plain,
        Plain with { TopP = 0.9f },
        Plain with { MinP = 0.05f },
        Plain with { TypicalP = 0.8f },
        Plain with { TopNSigma = 1.5f },
        Plain with { XtcProbability = 0.5f, XtcThreshold = 0.05f },
        Plain with { DynamicTemperatureRange = 0.5f },
    ];
}
