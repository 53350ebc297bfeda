using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

public class SamplingOptionsTests
{
    public static TheoryData<string, Func<SamplingOptions>> OutOfRange => new()
    {
        { nameof(SamplingOptions.Temperature), () => new() { Temperature = float.NaN } },
        { nameof(SamplingOptions.Temperature), () => new() { Temperature = -0.1f } },
        { nameof(SamplingOptions.Temperature), () => new() { Temperature = float.PositiveInfinity } },
        { nameof(SamplingOptions.DynamicTemperatureRange), () => new() { DynamicTemperatureRange = -1 } },
        { nameof(SamplingOptions.DynamicTemperatureExponent), () => new() { DynamicTemperatureExponent = float.NaN } },
        { nameof(SamplingOptions.TopK), () => new() { TopK = -1 } },
        { nameof(SamplingOptions.TopP), () => new() { TopP = float.NaN } },
        { nameof(SamplingOptions.TopP), () => new() { TopP = 1.01f } },
        { nameof(SamplingOptions.MinP), () => new() { MinP = -0.01f } },
        { nameof(SamplingOptions.TypicalP), () => new() { TypicalP = 2 } },
        { nameof(SamplingOptions.TopNSigma), () => new() { TopNSigma = float.NaN } },
        { nameof(SamplingOptions.XtcProbability), () => new() { XtcProbability = 1.5f } },
        { nameof(SamplingOptions.XtcThreshold), () => new() { XtcThreshold = float.NaN } },
        { nameof(SamplingOptions.MinKeep), () => new() { MinKeep = -1 } },
        { nameof(SamplingOptions.RepetitionPenalty), () => new() { RepetitionPenalty = 0 } },
        { nameof(SamplingOptions.RepetitionPenalty), () => new() { RepetitionPenalty = float.NaN } },
        { nameof(SamplingOptions.RepetitionPenalty), () => new() { RepetitionPenalty = float.Epsilon } },
        { nameof(SamplingOptions.FrequencyPenalty), () => new() { FrequencyPenalty = float.NegativeInfinity } },
        { nameof(SamplingOptions.PresencePenalty), () => new() { PresencePenalty = float.NaN } },
        { nameof(SamplingOptions.PenaltyWindow), () => new() { PenaltyWindow = -1 } },
        { nameof(SamplingOptions.DryMultiplier), () => new() { DryMultiplier = float.NaN } },
        { nameof(SamplingOptions.DryBase), () => new() { DryBase = 0.9f } },
        { nameof(SamplingOptions.DryAllowedLength), () => new() { DryAllowedLength = -1 } },
        { nameof(SamplingOptions.DryWindow), () => new() { DryWindow = -5 } },
        { nameof(SamplingOptions.DrySequenceBreakers), () => new() { DrySequenceBreakers = ["\n", ""] } },
        { nameof(SamplingOptions.DrySequenceBreakers), () => new() { DrySequenceBreakers = ["\n", null!] } },
        { nameof(SamplingOptions.DrySequenceBreakers), () => new() { DrySequenceBreakers = null! } },
        { nameof(SamplingOptions.LogitBias), () => new() { LogitBias = null! } },
        { nameof(SamplingOptions.LogitBias), () => new() { LogitBias = new Dictionary<LlamaToken, float> { [new(3)] = float.NaN } } },
        { nameof(SamplingOptions.LogitBias), () => new() { LogitBias = new Dictionary<LlamaToken, float> { [new(-3)] = 1 } } },
        {
            nameof(SamplingOptions.LogitBias),
            () => new() { LogitBias = new Dictionary<LlamaToken, float> { [new(3)] = float.PositiveInfinity } }
        },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public void Refuses_values_out_of_range_and_names_the_option(string option, Func<SamplingOptions> make)
    {
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(make);
        Assert.Equal(option, error.ParamName);
        Assert.Contains("must", error.Message);
    }

    [Fact]
    public void Says_the_limit() =>
        Assert.StartsWith("TopP must be from 0 to 1.", Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopP = 7 }).Message);

    [Fact]
    public void Keeps_its_own_copy_of_the_bias()
    {
        var bias = new Dictionary<LlamaToken, float> { [new(3)] = 1 };
        var options = new SamplingOptions { LogitBias = bias };
        bias[new(4)] = 2;
        Assert.Single(options.LogitBias);
    }
}
