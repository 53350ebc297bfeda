namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>Questions over passages of real text that are cached each by itself and stand elsewhere in the prompt.</summary>
internal sealed class ReorderedRag : IDisposable
{
    private static readonly RagOptions s_words = new() { Quote = false };

    private readonly LlamaModel _model;
    private readonly ChatTemplate _template;
    private readonly LlamaEngine _engine;
    private readonly RequestOptions _request = new() { Sampling = SamplingOptions.Greedy, KeepInCache = false };

    public ReorderedRag(RatioModel file, int threads)
    {
        _model = LlamaModel.Load(file.Path);
        _template = ChatTemplate.FromModel(_model);
        // room for a prompt, for its passages as they were cached, and for the moved ones
        _engine = LlamaEngine.Start(_model, new EngineOptions { Context = LoadedModel.Options(5120, threads), MaxSequences = 2, CachedSequences = 16 });
    }

    /// <summary>Forgets all that is cached and has a question's passages computed.</summary>
    /// <param name="question">Its number.</param>
    /// <param name="together">True for one after another, the first one once more behind the last, as QuestionAnswering.WarmAsync has them; false for each by itself.</param>
    public RealPrompt Warm(int question, bool together)
    {
        RealPassages.RealQuestion asked = RealPassages.Question(question);
        _engine.ClearCacheAsync().GetAwaiter().GetResult();
        IEnumerable<IReadOnlyList<string>> prompts = together ? [asked.Passages, [asked.Passages[^1], asked.Passages[0]]] : asked.Passages.Select(passage => (IReadOnlyList<string>)[passage]);
        foreach (IReadOnlyList<string> passages in prompts)
        {
            RagPrompt earlier = RagPrompt.Create(_template, "What is this about?", passages, s_words);
            _engine.WarmAsync(earlier.Tokens.Span[..earlier.Documents[^1].End]).GetAwaiter().GetResult();
        }
        RagPrompt prompt = RagPrompt.Create(_template, asked.Text, asked.Reordered, s_words);
        return prompt.Documents.All(document => document.IsStable)
            ? new RealPrompt(prompt.Tokens, prompt.Documents)
            : throw new InvalidOperationException("A passage has other tokens in the prompt than alone.");
    }

    /// <summary>Seconds to the first token with nothing cached.</summary>
    public double Cold(RealPrompt prompt)
    {
        double seconds = EngineTimes.FirstToken(_engine, prompt.Tokens.Span, _request with { Namespace = "cold" }, out RequestUsage usage);
        return usage.CachedTokens == 0 ? seconds : throw new InvalidOperationException($"{usage.CachedTokens} tokens were cached.");
    }

    /// <summary>Seconds to the first token with the passages moved.</summary>
    public double Moved(RealPrompt prompt, int recomputed)
    {
        double seconds = EngineTimes.FirstToken(_engine, prompt.Tokens.Span, _request with { ChunkReuse = new ChunkReuse(prompt.Documents, recomputed) }, out RequestUsage usage);
        return usage.MovedTokens > 0 ? seconds : throw new InvalidOperationException("Nothing was moved.");
    }

    /// <summary>The greedy answer without reuse.</summary>
    public LlamaToken[] Answer(RealPrompt prompt, int tokens) =>
        [.. _engine.CompleteAsync(prompt.Tokens.Span, _request with { Namespace = "cold", MaxTokens = tokens }).GetAwaiter().GetResult().Tokens];

    /// <summary>What moving changes in an answer, for each number of recomputed tokens.</summary>
    public IReadOnlyList<ChunkLoss> Losses(RealPrompt prompt, LlamaToken[] answer, IEnumerable<int> recomputed) =>
        _engine.MeasureLossAsync(prompt.Tokens, answer, [.. recomputed.Select(count => new ChunkReuse(prompt.Documents, count))], _request).GetAwaiter().GetResult();

    public void Dispose()
    {
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _template.Dispose();
        _model.Dispose();
    }

    /// <summary>A prompt and where its passages stand.</summary>
    public sealed record RealPrompt(ReadOnlyMemory<LlamaToken> Tokens, IReadOnlyList<DocumentSegment> Documents);
}
