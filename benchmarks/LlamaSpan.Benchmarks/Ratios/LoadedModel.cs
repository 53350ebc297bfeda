namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>A model with one context and its generator, set up as the peers are: flash attention, F16 caches, the same threads.</summary>
internal sealed class LoadedModel : IDisposable
{
    public LoadedModel(RatioModel file, int contextSize, int threads)
    {
        Model = LlamaModel.Load(file.Path);
        Context = Model.CreateContext(Options(contextSize, threads));
        Generator = new TextGenerator(Context);
    }

    public LlamaModel Model { get; }

    public LlamaContext Context { get; }

    public TextGenerator Generator { get; }

    /// <summary>A context like llama-bench's.</summary>
    public static ContextOptions Options(int contextSize, int threads) =>
        new() { ContextSize = contextSize, Threads = threads, BatchThreads = threads, FlashAttention = FlashAttention.On };

    /// <summary>Greedy generation of a number of tokens, whatever they are.</summary>
    public static GenerationOptions Greedy(int tokens) =>
        new() { Sampling = SamplingOptions.Greedy, MaxTokens = tokens, IgnoreEndOfGeneration = true };

    /// <summary>Tokens of real text: the sample's documents over and over, from some place on.</summary>
    public LlamaToken[] Text(int count, int from = 0)
    {
        string documents = string.Join('\n', Directory.GetFiles(Repository.PathOf("samples/documents")).Order().Select(File.ReadAllText));
        LlamaToken[] tokens = Model.Vocabulary.Tokenize(documents, addSpecial: false);
        return [.. Enumerable.Range(from, count).Select(i => tokens[i % tokens.Length])];
    }

    public void Dispose()
    {
        Context.Dispose();
        Model.Dispose();
    }
}
