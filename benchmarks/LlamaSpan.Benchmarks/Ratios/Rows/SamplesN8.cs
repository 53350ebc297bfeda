namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>Eight samples of one prompt by an engine, whole, over llama-batched-bench with a shared prompt.</summary>
internal sealed class SamplesN8 : IRatio
{
    private const int Prompt = 512, Count = 8;

    public string Name => "samples.n8";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsOfEngine
        select new RatioVariant($"{Name}.{model.Name}", "time of 8 samples of one prompt over llama-batched-bench -pps -kvu", Goal.AtMost(1.05),
            () => new Measurement(model, options.Threads));

    private sealed class Measurement(RatioModel file, int threads) : Pair
    {
        private readonly SampledEngine _engine = new(file, threads, Count, Prompt, CacheLayout.Unified);

        protected override double Numerator() => _engine.Seconds();

        protected override double Denominator() => BatchedBench.Run(file, threads, Prompt, SampledEngine.Generate, Count, unified: true, shared: true).TotalTime;

        public override void Dispose() => _engine.Dispose();
    }
}
