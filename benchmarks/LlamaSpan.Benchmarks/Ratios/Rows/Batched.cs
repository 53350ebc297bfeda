namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Tokens a second of an engine while all of B requests decode, which share nothing and have a buffer each, over the better of
/// llama-batched-bench's two cache layouts.
/// </summary>
internal sealed class Batched : IRatio
{
    public string Name => "batched";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsOfEngine
        from requests in options.Quick ? (int[])[1, 4, 16] : [1, 4, 16, 32]
        from prompt in requests == 4 && model == options.Larger ? (int[])[128, 2048] : [128]
        let suffix = prompt == 128 ? "" : $".c{prompt}"
        select new RatioVariant($"{Name}.{requests}{suffix}.{model.Name}", $"engine tok/s, a buffer for each request, over llama-batched-bench, {requests} requests, {prompt} tokens before",
            Goal.AtLeast(0.97), () => new Measurement(model, options.Threads, requests, prompt));

    private sealed class Measurement : Pair
    {
        private readonly Func<bool, double> _peer;
        private readonly BatchedEngine _engine;
        private bool? _unified;

        public Measurement(RatioModel file, int threads, int requests, int prompt)
        {
            _peer = unified => BatchedBench.Run(file, threads, prompt, BatchedEngine.Generate, requests, unified).GenerateSpeed;
            _engine = new BatchedEngine(file, threads, requests, prompt, CacheLayout.PerSequence);
        }

        protected override double Numerator() => _engine.TokensPerSecond();

        // the first time both layouts, from then on the better one
        protected override double Denominator()
        {
            if (_unified is { } unified)
                return _peer(unified);
            double one = _peer(true), own = _peer(false);
            _unified = one > own;
            return Math.Max(one, own);
        }

        public override void Dispose() => _engine.Dispose();
    }
}
