using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

public class CandidateKeyTests
{
    private static readonly Gen<float> Logit = Gen.OneOf(
        Gen.Float[-30, 30], Gen.Float.Where(x => !float.IsNaN(x)), Gen.OneOf(Array.ConvertAll([0f, -0f, float.NegativeInfinity, float.Epsilon], Gen.Const)));

    [Fact]
    public void Keeps_the_logit_and_the_token() =>
        Gen.Select(Logit, Gen.Int[0, int.MaxValue]).Sample((logit, token) =>
        {
            ulong key = CandidateKey.Of(logit, token);
            return CandidateKey.Logit(key) == logit && CandidateKey.Token(key) == token;
        });

    [Fact]
    public void Sorts_by_falling_logit_then_by_token() =>
        Gen.Select(Logit, Gen.Int[0, 100], Logit, Gen.Int[0, 100]).Sample((logitA, a, logitB, b) =>
        {
            int expected = logitA == logitB ? a.CompareTo(b) : logitB.CompareTo(logitA);
            return Math.Sign(CandidateKey.Of(logitA, a).CompareTo(CandidateKey.Of(logitB, b))) == Math.Sign(expected);
        });

    [Fact]
    public void Selects_the_smallest() =>
        Gen.Select(Gen.ULong[0, 500].Array[1, 300], Gen.Int[1, 300]).Sample((keys, count) =>
        {
            count = Math.Min(count, keys.Length);
            ulong[] expected = [.. keys.Order().Take(count)];
            CandidateKey.SelectSmallest(keys, count);
            return keys[..count].Order().SequenceEqual(expected);
        });
}
