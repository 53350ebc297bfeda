using LlamaSpan.Benchmarks.Ratios;

namespace LlamaSpan.Benchmarks.Plots;

/// <summary>Times to the first token of a question behind documents, by where the documents' cells come from.</summary>
internal sealed class FirstTokens : IDisposable
{
    private const int Head = 32, Document = 224, Recomputed = 16;

    private static readonly RequestOptions s_warmUp = new() { Namespace = "warm-up" };      // whose tokens no prompt may find
    private static readonly RequestOptions s_request = new() { KeepInCache = false };

    private readonly LoadedModel _loaded;
    private readonly int _threads;
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-cache-").FullName;

    public FirstTokens(RatioModel file, int threads, int longest) => (_loaded, _threads) = (new LoadedModel(file, Math.Max(256, longest + 256), threads), threads);

    /// <summary>Medians, in seconds.</summary>
    /// <param name="Cold">Nothing is cached.</param>
    /// <param name="Prefix">The documents are cached as they stand.</param>
    /// <param name="Chunk">They are cached in another order, and moved with 16 tokens of each computed anew.</param>
    /// <param name="Disk">They are on disk.</param>
    public readonly record struct Times(double Cold, double Prefix, double Chunk, double Disk);

    /// <summary>Measures documents of a number of tokens, the system text among them.</summary>
    public Times Measure(int length, int repeats)
    {
        LlamaToken[] text = _loaded.Text(length), question = _loaded.Text(RagPrompts.Question, from: length + 1);
        DocumentSegment[] documents = [.. Documents(length)];
        LlamaToken[] reversed = [.. text.AsSpan(0, Head), .. documents.Reverse().SelectMany(document => text[document.Start..document.End])];
        LlamaToken[] prompt = [.. text, .. question];
        List<double> cold = [], prefix = [], chunk = [], disk = [];
        for (int i = 0; i < repeats; i++)
        {
            cold.Add(First([], prompt, s_request, cached: 0));
            prefix.Add(First(text, prompt, s_request, cached: length));
            chunk.Add(First(reversed, prompt, s_request with { ChunkReuse = new ChunkReuse(documents, Recomputed) }, documents.Length > 1 ? null : length));      // one alone is where it was
            disk.Add(FromDisk(text, prompt));
        }
        return new Times(Series.MedianOf(cold), Series.MedianOf(prefix), Series.MedianOf(chunk), Series.MedianOf(disk));
    }

    public void Dispose()
    {
        _loaded.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<DocumentSegment> Documents(int length)
    {
        for (int start = Head; start < length; start += Document)
            yield return new DocumentSegment(start, Math.Min(Document, length - start), IsStable: true);
    }

    /// <summary>With some tokens cached by the engine itself.</summary>
    private double First(LlamaToken[] warm, LlamaToken[] prompt, RequestOptions options, int? cached)
    {
        LlamaEngine engine = Start(prompt.Length, null);
        if (warm.Length > 0)
            engine.WarmAsync(warm).GetAwaiter().GetResult();
        else
            engine.WarmAsync(prompt.AsSpan()[^16..], s_warmUp).GetAwaiter().GetResult();       // the first decode of a context is slower
        double seconds = EngineTimes.FirstToken(engine, prompt, options, out RequestUsage usage);
        engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return (cached is null ? usage.MovedTokens > 0 : usage.CachedTokens == cached)
            ? seconds
            : throw new InvalidOperationException($"{usage.CachedTokens} tokens were cached, {usage.MovedTokens} moved.");
    }

    /// <summary>With some tokens that another engine left in the folder.</summary>
    private double FromDisk(LlamaToken[] warm, LlamaToken[] prompt)
    {
        LlamaEngine earlier = Start(prompt.Length, _folder);
        earlier.WarmAsync(warm).GetAwaiter().GetResult();
        earlier.DisposeAsync().AsTask().GetAwaiter().GetResult();
        LlamaEngine engine = Start(prompt.Length, _folder);
        engine.WarmAsync(prompt.AsSpan()[^16..], s_warmUp).GetAwaiter().GetResult();
        double seconds = EngineTimes.FirstToken(engine, prompt, s_request, out RequestUsage usage);
        engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return usage.CachedTokens == warm.Length ? seconds : throw new InvalidOperationException($"{usage.CachedTokens} tokens came from disk, not {warm.Length}.");
    }

    private LlamaEngine Start(int prompt, string? folder) => LlamaEngine.Start(_loaded.Model, new EngineOptions
    {
        // room for the prompt, for documents in another order and for those that are moved
        Context = LoadedModel.Options(((3 * prompt) + 511) / 256 * 256, _threads),
        MaxSequences = 1,
        CachedSequences = 4,
        CacheFolder = folder,
    });
}
