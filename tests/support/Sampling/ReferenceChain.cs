namespace LlamaSpan.TestSupport;

/// <summary>
/// The sampling chain as its definitions read: every candidate in a list, every step a sort and a loop, in double precision. Slow and
/// plain on purpose.
/// </summary>
public sealed class ReferenceChain(SamplingOptions options)
{
    private sealed record Candidate(int Token, double Logit)
    {
        public double P { get; set; }
    }

    /// <summary>How near the nearest decision came to going the other way; rounding may turn those below 1e-5.</summary>
    public double Margin { get; private set; } = double.MaxValue;

    /// <summary>The probability of each token that can be sampled.</summary>
    public Dictionary<int, double> Run(float[] logits, int[] history, bool xtc)
    {
        double[] changed = Change(logits, history);
        List<Candidate> left = [.. changed.Select((logit, token) => new Candidate(token, logit))];
        left = TopNSigma(left);
        if (options.TopK > 0)
            left = [.. Best(left).Take(options.TopK)];
        if (options.TypicalP < 1)
            left = Typical(left);
        if (options.TopP < 1)
            left = TopP(left);
        if (options.MinP > 0)
            left = MinP(left);
        if (xtc && options is { XtcProbability: > 0, XtcThreshold: <= 0.5f })
            left = Xtc(left);
        return Temper(left);
    }

    private double[] Change(float[] logits, int[] history)
    {
        double[] changed = [.. logits.Select(logit => (double)logit)];
        foreach ((LlamaToken token, float bias) in options.LogitBias)
            changed[token.Id] += bias;
        foreach (IGrouping<int, int> same in history.TakeLast(options.PenaltyWindow).GroupBy(token => token))
        {
            double logit = changed[same.Key];
            logit = logit <= 0 ? logit * options.RepetitionPenalty : logit / options.RepetitionPenalty;
            // as a float, which logits are: less than that can hold must not decide which of two equal ones goes first
            changed[same.Key] = (float)(logit - same.Count() * options.FrequencyPenalty - options.PresencePenalty);
        }
        if (options.DryMultiplier > 0)
            Dry([.. history.TakeLast(options.DryWindow)], changed);
        return changed;
    }

    // no breakers: those are tested apart
    private void Dry(int[] last, double[] logits)
    {
        if (last.Length <= options.DryAllowedLength)
            return;
        var longest = new Dictionary<int, int>();
        for (int next = 1; next < last.Length; next++)
        {
            int length = 0;
            while (length < next && last[next - 1 - length] == last[last.Length - 1 - length])
                length++;
            if (length >= options.DryAllowedLength)
                longest[last[next]] = Math.Max(length, longest.GetValueOrDefault(last[next], -1));
        }
        foreach ((int token, int length) in longest)
            logits[token] -= options.DryMultiplier * Math.Pow(options.DryBase, length - options.DryAllowedLength);
    }

    private List<Candidate> TopNSigma(List<Candidate> left)
    {
        if (options.TopNSigma == 0 || left.Count <= 1)
            return left;
        double[] finite = [.. left.Select(c => c.Logit).Where(double.IsFinite)];
        double mean = finite.Average(), floor = finite.Max() - options.TopNSigma * Math.Sqrt(finite.Average(x => (x - mean) * (x - mean)));
        foreach (double logit in finite)
            Near(logit, floor);
        return [.. left.Select(c => c.Logit < floor ? c with { Logit = double.NegativeInfinity } : c)];
    }

    private List<Candidate> Typical(List<Candidate> left)
    {
        Softmax(left);
        double entropy = left.Sum(c => c.P > 0 ? -c.P * Math.Log(c.P) : 0);
        List<Candidate> order = [.. left.OrderBy(c => Math.Abs(-Math.Log(c.P) - entropy))];
        for (int i = 1; i < order.Count && order[i].P > 0; i++)
            Near(Math.Abs(-Math.Log(order[i].P) - entropy), Math.Abs(-Math.Log(order[i - 1].P) - entropy));
        double sum = 0;
        for (int i = 0; i < order.Count; i++)
        {
            sum += order[i].P;
            Near(sum, options.TypicalP);
            if (sum > options.TypicalP && i + 1 >= options.MinKeep)
                return order[..(i + 1)];
        }
        return order;
    }

    private List<Candidate> TopP(List<Candidate> left)
    {
        Softmax(left);
        List<Candidate> order = [.. Best(left)];
        double sum = 0;
        for (int i = 0; i < order.Count; i++)
        {
            sum += order[i].P;
            Near(sum, options.TopP);
            if (sum >= options.TopP && i + 1 >= options.MinKeep)
                return order[..(i + 1)];
        }
        return order;
    }

    private List<Candidate> MinP(List<Candidate> left)
    {
        List<Candidate> order = [.. Best(left)];
        double least = order[0].Logit + Math.Log(options.MinP);
        foreach (Candidate candidate in order.Skip(1))
            Near(candidate.Logit, least);
        return [.. order.Where((c, place) => place == 0 || place < options.MinKeep || c.Logit >= least)];
    }

    private List<Candidate> Xtc(List<Candidate> left)
    {
        if (left.Count < 2)
            return left;
        Softmax(left);
        List<Candidate> order = [.. Best(left)];
        foreach (Candidate candidate in order)
            Near(candidate.P, options.XtcThreshold);
        int drop = order.TakeWhile(c => c.P >= options.XtcThreshold).Count() - 1;
        return drop > 0 && order.Count - drop >= options.MinKeep ? order[drop..] : order;
    }

    private Dictionary<int, double> Temper(List<Candidate> left)
    {
        double temperature = options.Temperature;
        if (options.DynamicTemperatureRange > 0 && left.Count > 1)
        {
            Softmax(left);
            double entropy = left.Sum(c => c.P > 0 ? -c.P * Math.Log(c.P) : 0) / Math.Log(left.Count);
            double least = Math.Max(0, temperature - options.DynamicTemperatureRange), most = temperature + options.DynamicTemperatureRange;
            temperature = least + (most - least) * Math.Pow(Math.Max(0, entropy), options.DynamicTemperatureExponent);
        }
        if (temperature == 0)
            return new() { [Best(left).First().Token] = 1 };
        Softmax(left, temperature);
        return left.Where(c => double.IsFinite(c.Logit)).ToDictionary(c => c.Token, c => c.P);
    }

    private static IOrderedEnumerable<Candidate> Best(List<Candidate> left) => left.OrderByDescending(c => c.Logit).ThenBy(c => c.Token);

    private static void Softmax(List<Candidate> left, double temperature = 1)
    {
        double max = left.Max(c => c.Logit), sum = left.Sum(c => Math.Exp((c.Logit - max) / temperature));
        foreach (Candidate candidate in left)
            candidate.P = Math.Exp((candidate.Logit - max) / temperature) / sum;
    }

    private void Near(double value, double limit)
    {
        if (double.IsFinite(value))
            Margin = Math.Min(Margin, Math.Abs(value - limit));
    }
}
