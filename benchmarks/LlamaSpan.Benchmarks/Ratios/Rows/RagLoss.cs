namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>What chunk reuse loses on a real model, at the fewest recomputed tokens that meet the goals, and how fast it is with so many.</summary>
internal sealed class RagLoss : IRatio
{
    public string Name => "rag.loss";

    public IEnumerable<RatioVariant> Variants(RatioOptions options)
    {
        RatioModel model = options.Larger;
        Lazy<LossCurve> curve = new(() => Measure(model, options));
        (Goal divergence, Goal agreement) = LossCurve.Point.Goals;
        string behind = options.Quick ? "16 recomputed tokens of each document" : "the fewest recomputed tokens that meet the goals";
        return
        [
            new($"{Name}.kl.{model.Name}", $"mean KL of chunk reuse, {behind}", divergence, () => new Value(() => curve.Value.Best.Divergence)) { IsCounted = true },
            new($"{Name}.top1.{model.Name}", "share of tokens with the same best one, at as many", agreement, () => new Value(() => curve.Value.Best.Agreement)) { IsCounted = true },
            new($"{Name}.tokens.{model.Name}", "how many that are", Goal.AtMost(16), () => new Value(() => curve.Value.Best.Recomputed)) { IsCounted = true },
            new($"{Name}.speed.{model.Name}", "time to first token at as many: cold over moved", Goal.AtLeast(1),
                () => new ColdOverMoved(model, options.Threads, curve.Value.Best.Recomputed)),
        ];
    }

    private static LossCurve Measure(RatioModel model, RatioOptions options)
    {
        if (model.IsRandom)
            throw new RatioSkippedException("it takes a model that answers: LLAMASPAN_MODEL or --model");
        LossCurve curve = LossCurve.Measure(model, options.Threads, options.Quick);
        if (!options.DryRun && !options.Quick)
            curve.Save(Machine.Current());
        return curve;
    }

    private sealed class Value(Func<double> value) : IMeasurement
    {
        public double Round(int round) => value();

        public void Dispose()
        {
        }
    }
}
