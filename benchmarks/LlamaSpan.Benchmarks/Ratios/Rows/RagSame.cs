namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Time to the first token of a RAG prompt, from its tokens on: nothing cached over the same system text and documents cached, with a new
/// question. And what makes that fair: the cold side beside llama-bench at that length.
/// </summary>
internal sealed class RagSame : IRatio
{
    public string Name => "rag.same";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
    [
        new($"{Name}.{options.Larger.Name}", "time to first token, 1,548 tokens: cold over 1,500 cached", Goal.AtLeast(10),
            () => new ColdOverWarm(options.Larger, options.Threads)),
        new($"{Name}.cold.{options.Larger.Name}", "its cold side's tok/s over llama-bench pp1548", Goal.AtLeast(0.98),
            () => new ColdOverPeer(options.Larger, options.Threads)),
    ];

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
