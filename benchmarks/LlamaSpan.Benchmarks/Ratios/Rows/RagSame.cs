namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Time to the first token of a RAG prompt, from its tokens on: nothing cached over the same system text and documents cached, with a new
/// question. And what makes that fair: the cold side beside llama-bench at that length.
/// </summary>
internal sealed class RagSame : IRatio
{
    public string Name => "rag.same";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsOfEngine
        let goal = Goal.AtLeast(model == options.Larger ? 10 : 1)      // 10 is asked of 135 million parameters; of others, that it pays
        from variant in (IEnumerable<RatioVariant>)
        [
            new($"{Name}.{model.Name}", "time to first token, 1,548 tokens: cold over 1,500 cached", goal, () => new ColdOverWarm(model, options.Threads)),
            new($"{Name}.cold.{model.Name}", "its cold side's tok/s over llama-bench pp1548", Goal.AtLeast(0.98), () => new ColdOverPeer(model, options.Threads)),
        ]
        select variant;

    private sealed class ColdOverWarm(RatioModel file, int threads) : IMeasurement
    {
        private readonly RagTimes _times = new(file, threads);

        // cold and warm alternate by themselves: each cold prompt leaves the documents for the warm one
        public double Round(int round) => _times.Cold() / _times.Warm();

        public void Dispose() => _times.Dispose();
    }

    private sealed class ColdOverPeer(RatioModel file, int threads) : Pair
    {
        private readonly RagTimes _times = new(file, threads);

        protected override double Numerator() => RagPrompts.Length / _times.Cold();

        protected override double Denominator() => Peers.LlamaBench(file, threads, prompt: RagPrompts.Length, repeats: 1);

        public override void Dispose() => _times.Dispose();
    }
}
