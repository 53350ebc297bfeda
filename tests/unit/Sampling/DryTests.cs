using System.Text;
using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

/// <summary>DRY, with the examples of llama.cpp's tests/test-sampling.cpp.</summary>
public class DryTests
{
    private static readonly SamplingOptions Plain = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0 };

    [Theory]
    [InlineData(new[] { 0, 1 }, new[] { 0.25, 0.25, 0.25, 0.25 }, 1, 2, 4, -1)]
    [InlineData(new[] { 0, 1, 2, 0, 1 }, new[] { 0.296923, 0.296923, 0.109232, 0.296923 }, 1, 2, 5, -1)]
    [InlineData(new[] { 0, 1, 3, 4, 0, 1 }, new[] { 0.2, 0.2, 0.2, 0.2, 0.2 }, 1, 2, 6, 3)]
    [InlineData(new[] { 0, 1, 2, 0, 1 }, new[] { 0.241818, 0.241818, 0.032727, 0.241818, 0.241818 }, 2, 2, 5, -1)]
    [InlineData(new[] { 0, 1, 2, 3, 4, 0, 1 }, new[] { 0.2, 0.2, 0.2, 0.2, 0.2 }, 1, 4, 7, -1)]
    public void Lowers_what_would_go_on_with_a_repetition(
        int[] history, double[] expected, float multiplier, int allowed, int window, int breaker)
    {
        SamplingOptions options = Plain with { DryMultiplier = multiplier, DryBase = 1.1f, DryAllowedLength = allowed, DryWindow = window };
        var sampler = new Sampler(options, 0, breaker < 0 ? DryBreakers.None : DryBreakers.Of([breaker]));
        sampler.Accept(Array.ConvertAll(history, id => new LlamaToken(id)));
        Dictionary<int, double> p = Distributions.Of(sampler, new float[expected.Length]);
        for (int token = 0; token < expected.Length; token++)
            Assert.Equal(expected[token], p[token], 1e-5);
    }

    [Fact]
    public void A_breaker_limits_how_far_back_a_repetition_reaches()
    {
        SamplingOptions options = Plain with { DryMultiplier = 1, DryBase = 2, DryAllowedLength = 2, DryWindow = 100 };
        int[] history = [9, 1, 2, 3, 4, 9, 1, 2, 3];
        // without: 9 1 2 3 repeats, 4 would go on: length 4, penalty 2^(4-2)
        Assert.Equal(Math.Exp(-4), Ratio(DryBreakers.None, 4, history), 1e-5);
        // 9 breaks: only 1 2 3 counts, length 3
        Assert.Equal(Math.Exp(-2), Ratio(DryBreakers.Of([9]), 4, history), 1e-5);
        // 9 1 breaks: only 2 3 counts
        Assert.Equal(Math.Exp(-1), Ratio(DryBreakers.Of([9, 1]), 4, history), 1e-5);
        // the longest breaker of one head counts
        Assert.Equal(1, Ratio(DryBreakers.Of([9], [9, 1, 2]), 4, history), 1e-5);
        // a breaker that was not completed does not count
        Assert.Equal(Math.Exp(-4), Ratio(DryBreakers.Of([9, 2]), 4, history), 1e-5);
        // a token that breaks alone is never lowered
        Assert.Equal(1, Ratio(DryBreakers.Of([4]), 4, history[..4].Concat([4]).Concat(history[..4]).ToArray()), 1e-5);

        double Ratio(DryBreakers breakers, int token, int[] tokens)
        {
            var sampler = new Sampler(options, 0, breakers);
            sampler.Accept(Array.ConvertAll(tokens, id => new LlamaToken(id)));
            Dictionary<int, double> p = Distributions.Of(sampler, new float[10]);
            return p[token] / p[0];
        }
    }

    [Fact]
    public void Finds_breakers_in_tokens_that_hold_them_or_end_in_their_beginning()
    {
        string[] words = ["a", "ab", "xaby", "b", "c", "za", "bc", "zab"];
        TokenTable table = Table(words);
        var asked = new List<string>();
        DryBreakers breakers = DryBreakers.Find(table, ["abc"], bytes =>
        {
            asked.Add(Encoding.UTF8.GetString(bytes));
            return asked[^1] == "bc" ? [6] : [4];
        });
        Assert.Equal(["bc", "c"], asked.Order());
        Assert.False(breakers.BreaksAlone(0));
        Assert.Equal(0, breakers.TokensSinceLast([0, 6]));          // a bc
        Assert.Equal(0, breakers.TokensSinceLast([5, 6]));          // za bc
        Assert.Equal(1, breakers.TokensSinceLast([7, 4, 3]));       // zab c, b
        Assert.Equal(2, breakers.TokensSinceLast([2, 4]));          // xaby holds no "abc", and "y" does not begin it
        DryBreakers single = DryBreakers.Find(table, ["a"], _ => []);
        Assert.All(new[] { 0, 1, 2, 5, 7 }, token => Assert.True(single.BreaksAlone(token)));
        Assert.All(new[] { 3, 4, 6 }, token => Assert.False(single.BreaksAlone(token)));
    }

    private static TokenTable Table(string[] words)
    {
        var starts = new List<int> { 0 };
        foreach (string word in words)
            starts.Add(starts[^1] + word.Length);
        return new TokenTable(Encoding.UTF8.GetBytes(string.Concat(words)), [.. starts], new TokenKind[words.Length], []);
    }
}
