using System.Numerics.Tensors;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Compares what an engine computed with a fresh context that reads the same tokens in one go.</summary>
internal sealed class TeacherForcing : IDisposable
{
    private readonly LlamaContext _fresh;
    private readonly float _bound;
    private readonly double _outliersAllowed;
    private int _rows, _outliers;

    /// <param name="model">The engine's model.</param>
    /// <param name="options">The engine's context.</param>
    /// <param name="bound">How far logits may differ, in parts of their range.</param>
    /// <param name="outliersAllowed">Share of the rows that may differ by more, as where a rounding sends a token to other experts.</param>
    internal TeacherForcing(LlamaModel model, ContextOptions options, float bound, double outliersAllowed = 0)
    {
        _outliersAllowed = outliersAllowed;
        _fresh = model.CreateContext(options with { MaxSequences = 1 });
        _bound = bound;
    }

    /// <summary>Greedy tokens that were not the fresh context's best, but tied with it.</summary>
    internal int Ties { get; private set; }

    /// <summary>Greedy tokens compared.</summary>
    internal int Compared { get; private set; }

    /// <summary>Fails if a logit differs by more than the bound, or the token of a greedy answer is not the best within twice the bound.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="generated">The answer.</param>
    /// <param name="observed">Its logits, by index of the token that they stand behind.</param>
    /// <param name="greedy">True if the answer was chosen greedily.</param>
    internal void Check(LlamaToken[] prompt, IReadOnlyList<LlamaToken> generated, IReadOnlyDictionary<int, float[]> observed, bool greedy)
    {
        LlamaToken[] tokens = [.. prompt, .. generated];
        Assert.Contains(prompt.Length - 1, observed.Keys);
        Dictionary<int, float[]> expected = InOneGo(tokens, observed.Keys);
        foreach ((int index, float[] logits) in observed)
        {
            float[] reference = expected[index];
            float allowed = _bound * Range(reference);
            float difference = MostDifferent(logits, reference);
            _rows++;
            _outliers += difference > allowed ? 1 : 0;
            Assert.True(difference <= allowed || _outliersAllowed > 0, $"logits behind token {index} of {tokens.Length} differ by {difference}, allowed are {allowed}");
            if (!greedy || index + 1 >= tokens.Length || difference > allowed)
                continue;
            Compared++;
            int best = TensorPrimitives.IndexOfMax(reference);
            if (best == tokens[index + 1])
                continue;
            Ties++;
            Assert.True(reference[best] - reference[tokens[index + 1]] <= 2 * allowed, $"token {index + 1} is {tokens[index + 1]}, not {best}, and no tie");
        }
    }

    /// <summary>Fails if too many of the rows were beyond the bound.</summary>
    internal void AssertFewOutliers() =>
        Assert.True(_outliers <= _outliersAllowed * _rows, $"{_outliers} of {_rows} rows are beyond the bound, a share of {_outliersAllowed} is allowed");

    public void Dispose() => _fresh.Dispose();

    private Dictionary<int, float[]> InOneGo(LlamaToken[] tokens, IEnumerable<int> indices)
    {
        Dictionary<int, float[]> logits = indices.ToDictionary(index => index, _ => Array.Empty<float>());
        _fresh.Cache.Clear();
        using LlamaBatch batch = new(tokens.Length);
        for (int i = 0; i < tokens.Length; i++)
            batch.Add(tokens[i], i, Sequence.Zero, output: logits.ContainsKey(i));
        _fresh.Decode(batch);
        foreach (int index in logits.Keys)
            logits[index] = _fresh.Logits(index).ToArray();
        return logits;
    }

    private static float MostDifferent(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        float most = 0;
        for (int i = 0; i < x.Length; i++)
            most = Math.Max(most, x[i] == y[i] ? 0 : Math.Abs(x[i] - y[i]));      // both may be minus infinity
        return most;
    }

    private static float Range(ReadOnlySpan<float> logits)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float logit in logits)
            if (float.IsFinite(logit))
                (low, high) = (Math.Min(low, logit), Math.Max(high, logit));
        return high - low;
    }
}
