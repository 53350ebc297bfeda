using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>Tokens a second of an engine while all of B requests decode, over the better of llama-batched-bench's two cache layouts.</summary>
internal sealed class Batched : IRatio
{
    private const int Generate = 64;

    public string Name => "batched";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from requests in options.Quick ? (int[])[1, 4, 16] : [1, 4, 16, 32]
        from prompt in requests == 4 ? (int[])[128, 2048] : [128]
        let suffix = prompt == 128 ? "" : $".c{prompt}"
        select new RatioVariant($"{Name}.{requests}{suffix}", $"engine tok/s over llama-batched-bench, {requests} requests, {prompt} tokens before", Goal.AtLeast(0.97),
            () => new Measurement(options.Larger, options.Threads, requests, prompt));

    private sealed class Measurement : Pair
    {
        private readonly RatioModel _file;
        private readonly int _threads, _requests, _prompt;
        private readonly LoadedModel _text;
        private readonly LlamaEngine _engine;
        private readonly bool _unifiedIsBetter;
        private int _round;

        public Measurement(RatioModel file, int threads, int requests, int prompt)
        {
            (_file, _threads, _requests, _prompt) = (file, threads, requests, prompt);
            _text = new LoadedModel(file, 256, 1);
            _engine = LlamaEngine.Start(_text.Model, new EngineOptions
            {
                Context = LoadedModel.Options(BatchedBench.ContextSize(prompt, Generate, requests), threads),
                MaxSequences = requests,
                CachedSequences = 0,
            });
            _unifiedIsBetter = Peer(unified: true) > Peer(unified: false);
        }

        protected override double Numerator() => Run().GetAwaiter().GetResult();

        protected override double Denominator() => Peer(_unifiedIsBetter);

        public override void Dispose()
        {
            _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _text.Dispose();
        }

        private double Peer(bool unified) => BatchedBench.Run(_file, _threads, _prompt, Generate, _requests, unified).GenerateSpeed;

        /// <summary>Counts what comes between the moment that all have their first token and the moment that the first one ends.</summary>
        private async Task<double> Run()
        {
            RequestOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = Generate, IgnoreEndOfGeneration = true, KeepInCache = false };
            int started = 0, tokens = 0;
            long from = 0, to = 0;
            Lock gate = new();
            int round = _round++;
            await Task.WhenAll(Enumerable.Range(0, _requests).Select(request => Task.Run(async () =>
            {
                int own = 0;
                await foreach (Utf8Piece piece in _engine.StreamAsync(_text.Text(_prompt, from: (round * 37) + (request * 11)), options))
                {
                    if (!piece.Token.Exists)
                        continue;
                    own++;
                    lock (gate)
                    {
                        if (own == 1 && ++started == _requests)
                            from = Stopwatch.GetTimestamp();
                        else if (from > 0 && to == 0)
                            tokens++;
                        if (own == Generate && to == 0)
                            to = Stopwatch.GetTimestamp();
                    }
                }
            })));
            return to > from && from > 0 ? tokens / Stopwatch.GetElapsedTime(from, to).TotalSeconds : throw new InvalidOperationException("The requests never decoded all at once.");
        }
    }
}
