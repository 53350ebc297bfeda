using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>An engine that decodes a number of requests at once.</summary>
internal sealed class BatchedEngine : IDisposable
{
    /// <summary>Tokens that each request generates.</summary>
    public const int Generate = 64;

    private readonly int _requests, _prompt;
    private readonly LoadedModel _text;
    private readonly LlamaEngine _engine;
    private readonly RequestOptions _options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = Generate, IgnoreEndOfGeneration = true, KeepInCache = false };
    private int _round;

    /// <param name="file">The model.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="requests">How many.</param>
    /// <param name="prompt">Tokens in front of each.</param>
    /// <param name="layout">How they lie in the cache; they share nothing.</param>
    public BatchedEngine(RatioModel file, int threads, int requests, int prompt, CacheLayout layout)
    {
        (_requests, _prompt) = (requests, prompt);
        _text = new LoadedModel(file, 256, 1);
        _engine = LlamaEngine.Start(_text.Model, new EngineOptions
        {
            Context = LoadedModel.Options(BatchedBench.ContextSize(prompt, Generate, requests), threads),
            MaxSequences = requests,
            CachedSequences = 0,
            CacheLayout = layout,
        });
    }

    /// <summary>
    /// Runs all requests, whose prompts share nothing, once: tokens a second between the moment that all have their first token and the
    /// moment that the first one ends.
    /// </summary>
    public double TokensPerSecond() => RunAsync().GetAwaiter().GetResult();

    public void Dispose()
    {
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _text.Dispose();
    }

    private async Task<double> RunAsync()
    {
        int started = 0, tokens = 0;
        long from = 0, to = 0;
        Lock gate = new();
        int round = _round++;
        await Task.WhenAll(Enumerable.Range(0, _requests).Select(request => Task.Run(async () =>
        {
            int own = 0;
            await foreach (Utf8Piece piece in _engine.StreamAsync(_text.Text(_prompt, from: (round * 37) + (request * 11)), _options))
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
