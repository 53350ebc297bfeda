namespace LlamaSpan.TestSupport;

/// <summary>Logits as models give them: a bell of unlikely tokens and a thin tail of likely ones.</summary>
public static class SyntheticLogits
{
    /// <summary>The logits of one position.</summary>
    /// <param name="vocabulary">How many.</param>
    /// <param name="seed">Equal seeds give equal logits.</param>
    /// <param name="spread">Standard deviation of the bell.</param>
    public static float[] Of(int vocabulary, int seed, float spread = 2)
    {
        var random = new Random(seed);
        var logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++)
            logits[i] = spread * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())) - 2;
        for (int likely = 0; likely < 30; likely++)
            logits[random.Next(vocabulary)] += (float)(14 * random.NextDouble());
        return logits;
    }
}
