using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>An engine that answers one prompt several times at once.</summary>
internal sealed class SampledEngine : IDisposable
{
    /// <summary>Tokens of each sample.</summary>
    public const int Generate = 64;

    private readonly int _samples, _prompt;
    private readonly LoadedModel _text;
    private readonly LlamaEngine _engine;
    private readonly RequestOptions _options = new() { Sampling = new() { Seed = 1 }, MaxTokens = Generate, IgnoreEndOfGeneration = true, KeepInCache = false };
    private int _round;

    /// <param name="file">The model.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="samples">How many samples.</param>
    /// <param name="prompt">Tokens in front of them.</param>
    /// <param name="layout">How they lie in the cache.</param>
    public SampledEngine(RatioModel file, int threads, int samples, int prompt, CacheLayout layout)
    {
        (_samples, _prompt) = (samples, prompt);
        _text = new LoadedModel(file, 256, 1);
        _engine = LlamaEngine.Start(_text.Model, new EngineOptions
        {
            Context = LoadedModel.Options(BatchedBench.ContextSize(prompt, Generate, samples), threads),
            MaxSequences = samples,
            CachedSequences = 0,
            CacheLayout = layout,
        });
    }

    /// <summary>Seconds for all samples of a prompt that was not computed before.</summary>
    /// <exception cref="InvalidOperationException">A sample ended early.</exception>
    public double Seconds()
    {
        LlamaToken[] prompt = _text.Text(_prompt, from: _round++ * 37);
        long start = Stopwatch.GetTimestamp();
        Completion[] samples = _engine.SampleAsync(prompt, _samples, _options).GetAwaiter().GetResult();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return samples.All(sample => sample.Tokens.Count == Generate) ? seconds : throw new InvalidOperationException("A sample ended early.");
    }

    public void Dispose()
    {
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _text.Dispose();
    }
}
