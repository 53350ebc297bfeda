namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// The two layouts of an engine's cache side by side, at both ends: requests that share nothing, and samples of one prompt, which share all of it.
/// </summary>
internal sealed class Layout : IRatio
{
    private const int Prompt = 128, Shared = 512, Samples = 8;

    public string Name => "layout";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.Models
        from variant in (IEnumerable<RatioVariant>)
        [
            .. from requests in (int[])[4, 16]
               select new RatioVariant($"{Name}.{requests}.{model.Name}", $"engine tok/s, {requests} requests that share nothing: a buffer each over one for all",
                   Goal.AtLeast(1), () => new Distinct(model, options.Threads, requests)),
            new($"{Name}.samples.{model.Name}", $"time of {Samples} samples of one prompt of {Shared} tokens: one buffer for all over a buffer each",
                Goal.AtMost(1), () => new Sampled(model, options.Threads)),
        ]
        select variant;

    private sealed class Distinct(RatioModel file, int threads, int requests) : Pair
    {
        private readonly BatchedEngine _own = new(file, threads, requests, Prompt, CacheLayout.PerSequence);
        private readonly BatchedEngine _one = new(file, threads, requests, Prompt, CacheLayout.Unified);

        protected override double Numerator() => _own.TokensPerSecond();

        protected override double Denominator() => _one.TokensPerSecond();

        public override void Dispose()
        {
            _own.Dispose();
            _one.Dispose();
        }
    }

    private sealed class Sampled(RatioModel file, int threads) : Pair
    {
        private readonly SampledEngine _one = new(file, threads, Samples, Shared, CacheLayout.Unified);
        private readonly SampledEngine _own = new(file, threads, Samples, Shared, CacheLayout.PerSequence);

        protected override double Numerator() => _one.Seconds();

        protected override double Denominator() => _own.Seconds();

        public override void Dispose()
        {
            _one.Dispose();
            _own.Dispose();
        }
    }
}
