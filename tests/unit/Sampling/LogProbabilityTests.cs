using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

public class LogProbabilityTests
{
    private readonly float[] _logits = SyntheticLogits.Of(4000, 21);
    private readonly Sampler _sampler = new(new SamplingOptions { Seed = 1 });

    [Fact]
    public void The_models_are_those_of_softmax()
    {
        double sum = _logits.Sum(logit => Math.Exp(logit));
        var top = new TokenLogProbability[7];
        float log = _sampler.LogProbability(DistributionKind.Model, _logits, new LlamaToken(77), top);
        Assert.Equal(_logits[77] - Math.Log(sum), log, 1e-4);
        int[] best = [.. Enumerable.Range(0, _logits.Length).OrderByDescending(token => _logits[token]).Take(7)];
        Assert.Equal(best, top.Select(entry => entry.Token.Id));
        Assert.All(top, entry => Assert.Equal(_logits[entry.Token.Id] - Math.Log(sum), entry.LogProbability, 1e-4));
    }

    [Fact]
    public void Those_of_sampling_add_up_to_one_and_leave_out_what_is_truncated()
    {
        var top = new TokenLogProbability[100];
        int best = _logits.IndexOf(_logits.Max()), worst = _logits.IndexOf(_logits.Min());
        float log = _sampler.LogProbability(DistributionKind.Sampling, _logits, new LlamaToken(best), top);
        Assert.Equal(new TokenLogProbability(new LlamaToken(best), log), top[0]);
        Assert.Equal(1, top.Sum(entry => Math.Exp(entry.LogProbability)), 1e-5);
        Assert.Equal(new TokenLogProbability(LlamaToken.None, float.NegativeInfinity), top[^1]);
        Assert.Equal(float.NegativeInfinity, _sampler.LogProbability(DistributionKind.Sampling, _logits, new LlamaToken(worst), []));
    }

    [Fact]
    public void Greedy_sampling_is_certain_of_its_token()
    {
        var greedy = new Sampler(SamplingOptions.Greedy);
        LlamaToken best = greedy.Choose(_logits);
        Assert.Equal(0, greedy.LogProbability(DistributionKind.Sampling, _logits, best, []));
        Assert.Equal(float.NegativeInfinity, greedy.LogProbability(DistributionKind.Sampling, _logits, new LlamaToken(best.Id ^ 1), []));
    }

    [Fact]
    public void More_places_than_tokens_stay_empty()
    {
        var top = new TokenLogProbability[5];
        _sampler.LogProbability(DistributionKind.Model, [1, 2, 3], new LlamaToken(0), top);
        Assert.Equal([2, 1, 0, -1, -1], top.Select(entry => entry.Token.Id));
    }

    [Fact]
    public void A_token_outside_the_vocabulary_is_an_error()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _sampler.LogProbability(DistributionKind.Model, _logits, new LlamaToken(4000), []));
        Assert.Throws<ArgumentOutOfRangeException>(() => _sampler.LogProbability(DistributionKind.Sampling, _logits, LlamaToken.None, []));
    }
}
