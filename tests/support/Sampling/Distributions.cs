namespace LlamaSpan.TestSupport;

/// <summary>Ways to look at what a sampler would draw.</summary>
public static class Distributions
{
    /// <summary>The probability of every token that the sampler can draw here.</summary>
    public static Dictionary<int, double> Of(Sampler sampler, float[] logits, ITokenConstraint? constraint = null)
    {
        var top = new TokenLogProbability[logits.Length];
        sampler.LogProbability(DistributionKind.Sampling, logits, new LlamaToken(0), top, constraint);
        return top.TakeWhile(entry => entry.Token.Exists).ToDictionary(entry => entry.Token.Id, entry => Math.Exp(entry.LogProbability));
    }

    /// <summary>The largest difference between the probabilities of one token.</summary>
    public static double Distance(Dictionary<int, double> a, Dictionary<int, double> b) =>
        a.Keys.Union(b.Keys).Max(token => Math.Abs(a.GetValueOrDefault(token) - b.GetValueOrDefault(token)));

    /// <summary>
    /// Chi-square of draws against probabilities, in standard deviations above its expectation; tokens expected less than five times are
    /// put together.
    /// </summary>
    public static double ChiSquareExcess(IReadOnlyCollection<int> draws, Dictionary<int, double> expected)
    {
        Dictionary<int, int> seen = draws.CountBy(token => token).ToDictionary();
        if (seen.Keys.Any(token => !expected.ContainsKey(token)))
            return double.PositiveInfinity;
        double sum = 0, restExpected = 0, restSeen = 0;
        int cells = 0;
        foreach ((int token, double p) in expected)
        {
            double count = p * draws.Count;
            if (count < 5)
            {
                restExpected += count;
                restSeen += seen.GetValueOrDefault(token);
                continue;
            }
            cells++;
            sum += Math.Pow(seen.GetValueOrDefault(token) - count, 2) / count;
        }
        if (restExpected >= 5)
        {
            cells++;
            sum += Math.Pow(restSeen - restExpected, 2) / restExpected;
        }
        int freedom = Math.Max(1, cells - 1);
        return (sum - freedom) / Math.Sqrt(2.0 * freedom);
    }
}
