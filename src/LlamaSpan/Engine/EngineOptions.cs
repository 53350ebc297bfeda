namespace LlamaSpan;

/// <summary>How an engine is made.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// The context that the engine makes for itself: its size is the cache that all requests share. Its number of sequences, its layout
    /// (<see cref="CacheLayout"/>) and its embeddings are the engine's to choose.
    /// </summary>
    public ContextOptions Context { get; init; } = new();

    /// <summary>Most requests that run at once; others wait. Default 16.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>
    /// Most sequences that are kept in the cache for later prompts; 0 keeps nothing. Together with <see cref="MaxSequences"/> at most 255.
    /// A recurrent model has a state for each. Default 64.
    /// </summary>
    public int CachedSequences { get; init; } = 64;

    /// <summary>How sequences lie in the cache. Default <see cref="CacheLayout.Auto"/>.</summary>
    public CacheLayout CacheLayout { get; init; }

    /// <summary>Most requests that wait; one more is refused at once. Default 1,024.</summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>
    /// Most tokens of one step: those of running streams first, then pieces of prompts. Smaller steps let running streams wait less while
    /// prompts arrive. A step never has more than <see cref="ContextOptions.BatchSize"/>. Default 512.
    /// </summary>
    public int TokensPerStep { get; init; } = 512;

    /// <summary>
    /// Room in the cache, in tokens, that is reserved for a request's answer before it is admitted; less where its
    /// <see cref="GenerationOptions.MaxTokens"/> is lower. Longer answers take more as they grow, as long as there is free room; then the youngest
    /// request is preempted: it gives up its part of the cache and goes on later. Default 256.
    /// </summary>
    public int ReservedTokens { get; init; } = 256;

    /// <summary>Pieces of a stream that may wait for a consumer; then its request pauses. Default 64.</summary>
    public int StreamBuffer { get; init; } = 64;

    /// <summary>How much earlier a request counts as having come, for each step of its <see cref="RequestOptions.Priority"/>. Default 10 s.</summary>
    public TimeSpan PriorityHeadStart { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Bytes of host memory for the cached tokens of preempted requests; those that do not fit are computed again. With a
    /// <see cref="CacheFolder"/>, as many bytes again for files that are read ahead for waiting requests, and as many for those that wait to be written.
    /// Default 1 GiB.
    /// </summary>
    public long HostMemoryBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of host memory for cached sequences that the context has no room for; 0, the default, for none.</summary>
    public long HostCacheBytes { get; init; }

    /// <summary>
    /// A folder for cached sequences that host memory has no room for, and for all when the engine is disposed; a later engine of the same
    /// model and kind of cache takes them from there. Several processes may share it. Null, the default, for none.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Most bytes of all files in <see cref="CacheFolder"/>. Default 10 GiB.</summary>
    public long CacheFolderBytes { get; init; } = 10L << 30;

    /// <summary>A small model that guesses ahead for this one; null, the default, for none.</summary>
    public DraftOptions? Draft { get; init; }

    /// <summary>What steps are timed by; for tests.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Told when a file of <see cref="CacheFolder"/> was damaged and removed, or could not be written; called from any thread; what it throws is ignored.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>The layout for a model.</summary>
    internal CacheLayout LayoutFor(LlamaModel model)
    {
        if (CacheLayout != CacheLayout.Auto)
            return CacheLayout;
        bool losesNothing = CachedSequences == 0 && !model.IsRecurrent && Context.ContextSize / MaxSequences >= Math.Max(model.TrainedContextSize, 256);
        return losesNothing ? CacheLayout.PerSequence : CacheLayout.Unified;
    }

    /// <summary>The context of an engine's own.</summary>
    internal ContextOptions ContextFor(LlamaModel model)
    {
        bool unified = LayoutFor(model) == CacheLayout.Unified;
        bool exchanges = unified && MaxSequences + CachedSequences > 1;      // cells, through a sequence more
        return Context with
        {
            MaxSequences = MaxSequences + CachedSequences + (exchanges ? 1 : 0),
            UnifiedCache = unified,
            FullSlidingWindowCache = true,
            Embeddings = false,
        };
    }

    /// <summary>What a model allows in this layout.</summary>
    internal ReuseRules RulesFor(LlamaModel model) => new(model.IsRecurrent, model.SlidingWindow, LayoutFor(model) == CacheLayout.PerSequence);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Context);
        Check(MaxSequences, 1, LlamaContext.SequenceLimit - 1, nameof(MaxSequences));
        Check(CachedSequences, 0, LlamaContext.SequenceLimit - 1 - MaxSequences, nameof(CachedSequences));
        Check(MaxWaiting, 1, 1 << 24, nameof(MaxWaiting));
        Check(TokensPerStep, 1, 1 << 24, nameof(TokensPerStep));
        Check(ReservedTokens, 1, 1 << 24, nameof(ReservedTokens));
        Check(StreamBuffer, 1, 1 << 16, nameof(StreamBuffer));
        if (MaxSequences > Context.BatchSize)
            throw new ArgumentOutOfRangeException(nameof(MaxSequences), MaxSequences, $"EngineOptions.MaxSequences must not be above ContextOptions.BatchSize, {Context.BatchSize}: each running stream has a token in a step.");
        if (Draft is { Model: null })
            throw new ArgumentNullException(nameof(Draft), "EngineOptions.Draft needs a model.");
        if (HostMemoryBytes < 0)
            throw new ArgumentOutOfRangeException(nameof(HostMemoryBytes), HostMemoryBytes, "EngineOptions.HostMemoryBytes must not be negative.");
        if (HostCacheBytes < 0)
            throw new ArgumentOutOfRangeException(nameof(HostCacheBytes), HostCacheBytes, "EngineOptions.HostCacheBytes must not be negative.");
        if (CacheFolderBytes < 0)
            throw new ArgumentOutOfRangeException(nameof(CacheFolderBytes), CacheFolderBytes, "EngineOptions.CacheFolderBytes must not be negative.");
        if (PriorityHeadStart < TimeSpan.Zero || PriorityHeadStart > TimeSpan.FromDays(1))
            throw new ArgumentOutOfRangeException(nameof(PriorityHeadStart), PriorityHeadStart, "EngineOptions.PriorityHeadStart must lie in 0..1 day.");
        if (!Context.UnifiedCache)
            throw new ArgumentException("EngineOptions.Context must leave UnifiedCache as it is: EngineOptions.CacheLayout says how the cache lies.", nameof(Context));
        if (!Enum.IsDefined(CacheLayout))
            throw new ArgumentOutOfRangeException(nameof(CacheLayout), CacheLayout, "EngineOptions.CacheLayout is none of its values.");
    }

    private static void Check(int value, int minimum, int maximum, string name)
    {
        if (value < minimum || value > maximum)
            throw new ArgumentOutOfRangeException(name, value, $"EngineOptions.{name} must lie in {minimum}..{maximum}.");
    }
}
