namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// The longest gap between two tokens of a running stream while a prompt of 2,000 tokens arrives, and the newcomer's time to its first
/// token, each over llama-server's.
/// </summary>
internal sealed class ItlP99 : IRatio
{
    public string Name => "itl.p99";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsOfEngine
        from variant in (IEnumerable<RatioVariant>)
        [
            new($"{Name}.{model.Name}", "longest gap in 4 streams while 2,000 tokens arrive, over llama-server's", Goal.AtMost(0.33),
                () => new Measurement(model, options.Threads, arrival => arrival.LongestGap)),
            new($"{Name}.newcomer.{model.Name}", "the newcomer's time to first token over llama-server's", Goal.AtMost(1.1),
                () => new Measurement(model, options.Threads, arrival => arrival.FirstToken)),
        ]
        select variant;

    private sealed class Measurement : Pair
    {
        private readonly Func<Arrival, double> _value;
        private readonly LoadedModel _text;
        private readonly LlamaEngine _engine;
        private readonly LlamaServer _server;
        private readonly RequestOptions _options = new() { Sampling = SamplingOptions.Greedy, IgnoreEndOfGeneration = true, KeepInCache = false };

        public Measurement(RatioModel file, int threads, Func<Arrival, double> value)
        {
            _value = value;
            _server = new LlamaServer(file, threads, Arrival.Streams + 1, Arrival.ContextSize);
            _text = new LoadedModel(file, 256, 1);
            _engine = LlamaEngine.Start(_text.Model, new EngineOptions
            {
                Context = LoadedModel.Options((Arrival.Streams + 1) * Arrival.ContextSize, threads),
                MaxSequences = Arrival.Streams + 1,
                CachedSequences = 0,
            });
        }

        protected override double Numerator() => _value(Arrival.MeasureAsync(_text, StreamAsync).GetAwaiter().GetResult());

        protected override double Denominator() => _value(Arrival.MeasureAsync(_text, _server.StreamAsync).GetAwaiter().GetResult());

        public override void Dispose()
        {
            _server.Dispose();
            _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _text.Dispose();
        }

        private async Task StreamAsync(LlamaToken[] prompt, int tokens, Action received, CancellationToken cancellationToken)
        {
            await foreach (Utf8Piece piece in _engine.StreamAsync(prompt, _options with { MaxTokens = tokens }, cancellationToken))
                if (piece.Token.Exists)
                    received();
        }
    }
}
