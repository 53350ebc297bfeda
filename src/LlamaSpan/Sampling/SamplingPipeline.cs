using System.Buffers;

namespace LlamaSpan;

/// <summary>
/// From logits to a distribution and a token, in the order of llama.cpp's default chain after penalties: top-n-sigma, top-k, typical,
/// top-p, min-p, XTC, temperature, draw. What truncates first decides how the logits are read: top-k and min-p by a rising threshold in
/// one or two passes that copy nothing; whatever needs sums over the vocabulary by passes in chunks.
/// </summary>
internal sealed class SamplingPipeline(SamplingOptions options)
{
    private readonly Candidates _candidates = new();
    private float[]? _rented;

    /// <summary>Whether only the best token can be sampled, so that no truncation needs to run.</summary>
    private readonly bool _greedy = options is { Temperature: 0, DynamicTemperatureRange: 0, TypicalP: 1 } and
        ({ XtcProbability: 0 } or { XtcThreshold: > 0.5f });

    /// <summary>Whether <see cref="LogitView.Best"/> gives the token.</summary>
    public bool IsGreedy => _greedy;

    /// <summary>Draws a token.</summary>
    /// <param name="view">The logits.</param>
    /// <param name="chances">Two numbers of [0, 1): for the draw and for XTC.</param>
    /// <returns>The token, or -1 where every logit is minus infinity.</returns>
    /// <exception cref="SamplingException">A logit is NaN or plus infinity.</exception>
    public int Draw(LogitView view, (double Draw, double Xtc) chances)
    {
        if (_greedy)
            return view.Best(out _);
        try
        {
            if (!Truncate(view, chances.Xtc, out ReadOnlySpan<float> whole, out int outOf))
                return -1;
            if (whole.IsEmpty)
                return DrawFromList(outOf, chances.Draw);
            float max = LogitStatistics.Max(whole);
            float temperature = Temperature(outOf, options.DynamicTemperatureRange > 0 ? LogitStatistics.Entropy(whole, max) : 0);
            return temperature == 0 ? whole.IndexOf(max) : DrawFromVocabulary(whole, max, 1 / temperature, chances.Draw);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>
    /// The log-probability of one token and, best first, the most probable ones, in the distribution that <see cref="Draw"/> draws from.
    /// </summary>
    public float Describe(LogitView view, double xtcChance, int token, Span<TokenLogProbability> top)
    {
        top.Fill(new TokenLogProbability(LlamaToken.None, float.NegativeInfinity));
        try
        {
            if (!Truncate(view, xtcChance, out ReadOnlySpan<float> whole, out int outOf))
                return float.NegativeInfinity;
            if (whole.IsEmpty)
            {
                double entropy = options.DynamicTemperatureRange > 0 ? _candidates.Entropy(_candidates.Weigh(1)) : 0;
                return DescribeList(Temperature(outOf, entropy), token, top);
            }
            float max = LogitStatistics.Max(whole);
            float temperature = Temperature(outOf, options.DynamicTemperatureRange > 0 ? LogitStatistics.Entropy(whole, max) : 0);
            return DescribeVocabulary(whole, max, temperature, token, top);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>
    /// The log-probability of one token and, best first, the most probable ones, in the model's own distribution: softmax of the logits and nothing
    /// else.
    /// </summary>
    public float DescribeModel(ReadOnlySpan<float> logits, int token, Span<TokenLogProbability> top)
    {
        top.Fill(new TokenLogProbability(LlamaToken.None, float.NegativeInfinity));
        float max = LogitStatistics.Max(logits);
        return float.IsNegativeInfinity(max)
            ? throw SamplingException.NothingLeft(constrained: false)
            : DescribeVocabulary(logits, max, 1, token, top);
    }

    /// <summary>
    /// Runs every truncation. What is left is either the list or, where nothing truncates, the <paramref name="whole"/> vocabulary.
    /// </summary>
    /// <param name="view">The logits.</param>
    /// <param name="xtcChance">The number of [0, 1) that decides whether XTC takes effect.</param>
    /// <param name="whole">A logit for each token of the vocabulary, valid until <see cref="Release"/>; empty if the list counts.</param>
    /// <param name="outOf">How many are left in llama.cpp's count, which includes tokens with a logit of minus infinity.</param>
    /// <returns>False where every logit is minus infinity.</returns>
    private bool Truncate(LogitView view, double xtcChance, out ReadOnlySpan<float> whole, out int outOf)
    {
        int vocabulary = view.Logits.Length;
        bool topK = options.TopK > 0 && options.TopK < vocabulary;
        outOf = topK ? options.TopK : vocabulary;
        whole = default;
        bool nucleusDone = false;
        if (topK && options.TopNSigma == 0)
            _candidates.Select(view, options.TopK, float.NegativeInfinity);
        else if (options is { TopNSigma: 0, TypicalP: 1, TopP: 1, MinP: > 0 })
            SelectMinP(view);
        else
        {
            whole = Flatten(view);
            float max = LogitStatistics.Max(whole);
            if (float.IsNegativeInfinity(max))
                return false;
            LogitView flat = new(whole, AdjustedLogits.None, default);
            if (options.TopNSigma > 0)
                _candidates.Select(flat, topK ? outOf : int.MaxValue, Floor(max, LogitStatistics.Deviation(whole, max)));
            else if (options.TypicalP < 1)
                _candidates.Select(flat, int.MaxValue, float.NegativeInfinity);
            else if (nucleusDone = options.TopP < 1)
                SelectNucleus(flat, max);
            else
            {
                whole = XtcOnVocabulary(whole, max, xtcChance, ref outOf);
                return true;
            }
            whole = default;
        }
        if (_candidates.Count == 0)
            return false;
        TruncateList(nucleusDone, xtcChance, ref outOf);
        return true;
    }

    private void TruncateList(bool nucleusDone, double xtcChance, ref int outOf)
    {
        int least = Math.Min(options.MinKeep, outOf);
        if (options.TypicalP < 1)
            _candidates.Typical(options.TypicalP, options.MinKeep);
        if (options.TopP < 1 && !nucleusDone)
            _candidates.TopP(options.TopP, options.MinKeep);
        if (options.MinP > 0)
            _candidates.MinP(options.MinP, options.MinKeep);
        if (options.TypicalP < 1 || options.TopP < 1 || options.MinP > 0)
            outOf = Math.Max(_candidates.Count, least);
        if (XtcHits(xtcChance) && outOf > 1)
        {
            int before = _candidates.Count;
            _candidates.Xtc(options.XtcThreshold, options.MinKeep, outOf);
            outOf -= before - _candidates.Count;
        }
    }

    private float Floor(float max, double deviation) => max - options.TopNSigma * (float)deviation;

    private bool XtcHits(double chance) => options is { XtcProbability: > 0, XtcThreshold: <= 0.5f } && chance <= options.XtcProbability;

    /// <summary>Min-p without anything before it: the maximum, then everything above the threshold that follows from it.</summary>
    private void SelectMinP(LogitView view)
    {
        view.Best(out float max);
        _candidates.Select(view, int.MaxValue, Candidates.LeastLogit(max, options.MinP));
        if (_candidates.Count < options.MinKeep)
            _candidates.Select(view, options.MinKeep, float.NegativeInfinity);
    }

    /// <summary>
    /// Top-p without top-k: the sum over the vocabulary, then as many of the best as reach the share; no more than min-p would keep.
    /// </summary>
    private void SelectNucleus(LogitView flat, float max)
    {
        double mass = LogitStatistics.ExpSum(flat.Logits, max, 1);
        float floor = options is { MinP: > 0, MinKeep: 0 } ? Candidates.LeastLogit(max, options.MinP) : float.NegativeInfinity;
        bool complete = false;
        for (long most = Math.Max(256, options.MinKeep); !complete; most *= 32)
        {
            _candidates.Select(flat, (int)Math.Min(most, flat.Logits.Length), floor);
            complete = _candidates.Count < most;
            complete |= _candidates.TopP(options.TopP, options.MinKeep, mass);
        }
    }

    /// <summary>XTC without any truncation before it: its tokens are among the few of high probability, and their logits are lowered.</summary>
    private ReadOnlySpan<float> XtcOnVocabulary(ReadOnlySpan<float> whole, float max, double chance, scoped ref int outOf)
    {
        if (!XtcHits(chance) || outOf < 2)
            return whole;
        double mass = LogitStatistics.ExpSum(whole, max, 1);
        float floor = (float)(max + Math.Log(mass) + Math.Log(options.XtcThreshold)) - 1e-3f;     // a little low, then exact
        _candidates.Select(new LogitView(whole, AdjustedLogits.None, default), int.MaxValue, floor);
        int drop = _candidates.CountAtLeast(options.XtcThreshold, mass) - 1;
        if (drop <= 0 || outOf - drop < options.MinKeep)
            return whole;
        Span<float> lowered = _rented;
        if (_rented == null)
            whole.CopyTo(lowered = Rent(whole.Length));
        for (int i = 0; i < drop; i++)
            lowered[_candidates.TokenAt(i)] = float.NegativeInfinity;
        outOf -= drop;
        return lowered[..whole.Length];
    }

    private int DrawFromList(int outOf, double share)
    {
        float temperature = Temperature(outOf, options.DynamicTemperatureRange > 0 ? _candidates.Entropy(_candidates.Weigh(1)) : 0);
        return temperature == 0 ? _candidates.TokenAt(0) : _candidates.Draw(share, _candidates.Weigh(1 / temperature));
    }

    /// <summary>The temperature, which may depend on the entropy of what is left (llama.cpp's temp-ext).</summary>
    private float Temperature(int outOf, double entropy)
    {
        if (options.DynamicTemperatureRange == 0)
            return Usable(options.Temperature);
        if (outOf <= 1)
            return 1;
        float least = Math.Max(0, options.Temperature - options.DynamicTemperatureRange);
        float most = options.Temperature + options.DynamicTemperatureRange;
        double share = Math.Max(0, entropy) / Math.Log(outOf);
        return Usable(least + (most - least) * MathF.Pow((float)share, options.DynamicTemperatureExponent));
    }

    private static float Usable(float temperature) => float.IsFinite(1 / temperature) ? temperature : 0;

    /// <summary>Draws from softmax over everything: running sums by chunk, then a walk through the one chunk that the draw falls into.</summary>
    private static int DrawFromVocabulary(ReadOnlySpan<float> logits, float max, float scale, double share)
    {
        int chunks = (logits.Length + LogitStatistics.Chunk - 1) / LogitStatistics.Chunk;
        double[] sums = ArrayPool<double>.Shared.Rent(chunks);
        double target = share * LogitStatistics.ExpSum(logits, max, scale, sums);
        int chunk = 0;
        while (chunk < chunks - 1 && sums[chunk] <= target)
            chunk++;
        double sum = chunk == 0 ? 0 : sums[chunk - 1];
        ArrayPool<double>.Shared.Return(sums);

        Span<float> weights = stackalloc float[LogitStatistics.Chunk];
        int start = chunk * LogitStatistics.Chunk, count = Math.Min(LogitStatistics.Chunk, logits.Length - start), last = 0;
        LogitStatistics.ChunkWeights(logits.Slice(start, count), max, scale, weights);
        for (int i = 0; i < count && sum <= target; i++)
        {
            sum += weights[i];
            if (weights[i] > 0)
                last = i;
        }
        return start + last;
    }

    private float DescribeList(float temperature, int token, Span<TokenLogProbability> top)
    {
        double logMass = temperature == 0 ? 0 : Math.Log(_candidates.Weigh(1 / temperature));
        int count = temperature == 0 ? 1 : _candidates.Count;
        float max = _candidates.MaxLogit, found = float.NegativeInfinity;
        for (int place = 0; place < count; place++)
        {
            int candidate = _candidates.TokenAt(place);
            if (place >= top.Length && candidate != token)
                continue;
            float log = temperature == 0 ? 0 : (float)((_candidates.LogitAt(place) - max) / temperature - logMass);
            if (place < top.Length)
                top[place] = new TokenLogProbability(new LlamaToken(candidate), log);
            if (candidate == token)
                found = log;
        }
        return found;
    }

    private float DescribeVocabulary(ReadOnlySpan<float> whole, float max, float temperature, int token, Span<TokenLogProbability> top)
    {
        if (temperature == 0)
        {
            var best = new LlamaToken(whole.IndexOf(max));
            if (top.Length > 0)
                top[0] = new TokenLogProbability(best, 0);
            return token == best.Id ? 0 : float.NegativeInfinity;
        }
        double logMass = Math.Log(LogitStatistics.ExpSum(whole, max, 1 / temperature));
        if (top.Length > 0)
            _candidates.Select(new LogitView(whole, AdjustedLogits.None, default), top.Length, float.NegativeInfinity);
        for (int place = 0; place < Math.Min(top.Length, _candidates.Count); place++)
            top[place] = new TokenLogProbability(
                new LlamaToken(_candidates.TokenAt(place)), (float)((_candidates.LogitAt(place) - max) / temperature - logMass));
        return (float)((whole[token] - max) / temperature - logMass);
    }

    /// <summary>One logit a token: the model's own where nothing is changed, else a rented copy.</summary>
    private ReadOnlySpan<float> Flatten(LogitView view)
    {
        if (view.IsPlain)
            return view.Logits;
        Span<float> copy = Rent(view.Logits.Length);
        view.CopyTo(copy);
        return copy;
    }

    private Span<float> Rent(int count)
    {
        _rented = ArrayPool<float>.Shared.Rent(count);
        return _rented.AsSpan(0, count);
    }

    private void Release()
    {
        if (_rented != null)
            ArrayPool<float>.Shared.Return(_rented);
        _rented = null;
    }
}
