namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>Times to the first token of RAG prompts, in seconds from the prompt's tokens on.</summary>
internal sealed class RagTimes : IDisposable
{
    private readonly LoadedModel _loaded;
    private readonly RagPrompts _prompts;
    private readonly GenerationOptions _options = LoadedModel.Greedy(1);

    public RagTimes(RatioModel file, int threads)
    {
        _loaded = new LoadedModel(file, RagPrompts.ContextSize, threads);
        _prompts = new RagPrompts(_loaded);
    }

    /// <summary>With an empty cache.</summary>
    public double Cold()
    {
        _loaded.Generator.Forget();
        return First(computed: RagPrompts.Length);
    }

    /// <summary>With system text and documents cached.</summary>
    public double Warm() => First(computed: RagPrompts.Question);

    public void Dispose() => _loaded.Dispose();

    private double First(int computed)
    {
        foreach (GeneratedPiece _ in _loaded.Generator.Generate(_prompts.Next(), _options))
            break;
        GenerationUsage usage = _loaded.Generator.Usage;
        return usage.ComputedTokens == computed
            ? usage.TimeToFirstToken.TotalSeconds
            : throw new InvalidOperationException($"{usage.ComputedTokens} tokens were computed, not {computed}.");
    }
}
