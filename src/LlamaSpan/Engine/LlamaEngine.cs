namespace LlamaSpan;

/// <summary>
/// Serves any number of requests on one model: one context on a thread of its own, whose batches mix all that runs, and one cache in which
/// prompts share what they have in common, also while they are being computed. Safe to use from any thread.
/// </summary>
/// <remarks>
/// Scheduling follows vLLM's (one queue of tokens to compute, no phases: vllm/v1/core/sched/scheduler.py), the cache SGLang's radix tree
/// (arXiv:2312.07104).
/// </remarks>
public sealed partial class LlamaEngine : IAsyncDisposable
{
    private static readonly RequestOptions s_defaults = new();

    private readonly LlamaContext? _context;      // none where the model cannot generate
    private readonly DraftModel? _draft;
    private readonly EngineLoop? _loop;
    private readonly Vocabulary _vocabulary;
    private int _disposed;

    private LlamaEngine(LlamaModel model, LlamaContext? context, EngineOptions options)
    {
        (Model, Options, _context, _vocabulary) = (model, options, context, model.Vocabulary);
        if (context is null)
            return;
        SequencePool pool = new(options.MaxSequences, options.CachedSequences);
        SequenceCache cache = new(context, pool, options.RulesFor(model), Tiers(context, options));
        if (options.Draft is { } draft)
            _draft = DraftModel.Create(draft, options, model, context.Size);
        _loop = new EngineLoop(context, cache, options, new Speculation(_draft, new StepCost()));
        _loop.Start();
    }

    /// <summary>The model; it stays the caller's to dispose, after the engine.</summary>
    public LlamaModel Model { get; }

    /// <summary>What the engine was made with.</summary>
    public EngineOptions Options { get; }

    /// <summary>
    /// False for encoders and rerankers: they only embed (<see cref="EmbedAsync"/>) or rank (<see cref="RankAsync"/>), all else throws a
    /// <see cref="NotSupportedException"/>.
    /// </summary>
    public bool CanGenerate => _loop is not null;

    /// <summary>
    /// Most tokens that one request may have, prompt and answer together; in a unified cache also what all share. 0 if the model cannot
    /// generate.
    /// </summary>
    public int ContextSize => _context?.SequenceSize ?? 0;

    /// <exception cref="NotSupportedException">The model cannot generate.</exception>
    internal EngineLoop Loop => _loop ?? throw new NotSupportedException($"{Model.Description} cannot generate text.");

    internal LlamaContext Context => Loop.Context;

    /// <summary>How sequences lie in the cache; never <see cref="CacheLayout.Auto"/>.</summary>
    public CacheLayout CacheLayout => Options.LayoutFor(Model);

    /// <summary>Makes a context and starts the engine's thread.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How the engine works; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// An option is outside its limits, the model has no vocabulary or is recurrent and <see cref="CacheLayout.PerSequence"/> was asked for, or the
    /// draft model's vocabulary is another or that model cannot take tokens back.
    /// </exception>
    /// <exception cref="ContextException">The context could not be made.</exception>
    /// <exception cref="IOException"><see cref="EngineOptions.CacheFolder"/> cannot be made or read.</exception>
    public static LlamaEngine Start(LlamaModel model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new EngineOptions();
        options.Validate();
        if (model.Vocabulary.Kind == VocabularyKind.None)
            throw new ArgumentException($"{model.Description} has no vocabulary.", nameof(model));
        if (model.IsRecurrent && options.CacheLayout == CacheLayout.PerSequence)
            throw new ArgumentException($"{model.Description} has a recurrent state: EngineOptions.CacheLayout must be Unified or Auto.", nameof(options));
        LlamaContext context = model.CreateContext(options.ContextFor(model));
        try
        {
            if (context.HasCache && !model.HasEncoder && context.Pooling != Pooling.Rank)
                return new LlamaEngine(model, context, options);
        }
        catch
        {
            context.Dispose();
            throw;
        }
        context.Dispose();
        return new LlamaEngine(model, null, options);
    }

    /// <summary>What the engine holds now.</summary>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    public Task<EngineStatistics> GetStatisticsAsync() => Loop.Post(() => new EngineStatistics(
        Loop.Scheduler.Running.Count,
        Loop.Ledger.Waiting,
        Loop.Cache.Kept.Count,
        Loop.Cache.NamespaceCount,
        Loop.Cache.UsedCells,
        Loop.Cache.LockedCells,
        Loop.Cache.Capacity,
        Loop.Ledger.SavedBytes));

    /// <summary>Why a prompt would not come wholly from the cache: how much of it is there, and what differs then.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="name">The namespace (<see cref="RequestOptions.Namespace"/>).</param>
    /// <exception cref="ArgumentException">There is no token.</exception>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    public Task<PrefixMiss> ExplainAsync(ReadOnlyMemory<LlamaToken> prompt, string name = "")
    {
        ArgumentNullException.ThrowIfNull(name);
        if (prompt.IsEmpty)
            throw new ArgumentException("The prompt has no token.", nameof(prompt));
        return Loop.Post(() => Loop.Cache.Explain(name, prompt.Span));
    }

    /// <summary>Forgets everything cached that no request runs on and nobody pinned.</summary>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    public Task ClearCacheAsync() => Loop.Post(() =>
    {
        Loop.Clear();
        return true;
    });

    /// <summary>Fails all requests, ends the thread, frees the context.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        if (_loop is not null)
        {
            _loop.Stop();
            await _loop.Ended.ConfigureAwait(false);
            _context!.Dispose();
            _draft?.Dispose();
        }
        EmbeddingLoop? embedding;
        lock (_embeddingGate)
            embedding = _embedding;
        embedding?.Stop();
    }

    private static CacheTiers? Tiers(LlamaContext context, EngineOptions options)
    {
        DiskTier? disk = options.CacheFolder is { } folder
            ? new DiskTier(folder, options.CacheFolderBytes, context.Key(), options.HostMemoryBytes, options.Warning ?? (static _ => { }))
            : null;
        return disk is null && options.HostCacheBytes == 0 ? null : new CacheTiers(context, options.HostCacheBytes, disk, options.HostMemoryBytes);
    }

    private void CheckTokens(ReadOnlySpan<LlamaToken> tokens, int limit, string name)
    {
        if (tokens.IsEmpty)
            throw new ArgumentException("There is no token.", name);
        if (tokens.Length > limit)
            throw new ArgumentException($"There are {tokens.Length} tokens; the engine's context takes at most {limit} here.", name);
        foreach (LlamaToken token in tokens)
            _vocabulary.CheckToken(token);
    }

    private LlamaToken[] Tokenize(string prompt)
    {
        ArgumentException.ThrowIfNullOrEmpty(prompt);
        return _vocabulary.TokenizePrompt(prompt);
    }
}
