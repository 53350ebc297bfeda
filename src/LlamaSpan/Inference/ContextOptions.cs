namespace LlamaSpan;

/// <summary>How a context is made; what is not set has llama.cpp's default unless said otherwise.</summary>
public sealed record ContextOptions
{
    /// <summary>Tokens the cache holds, over all sequences; 0, the default, takes the model's trained context, at most 4,096.</summary>
    public int ContextSize { get; init; }

    /// <summary>Most tokens of one native decode call; longer prompts are fed in pieces. Default 2,048.</summary>
    public int BatchSize { get; init; } = 2048;

    /// <summary>
    /// Most tokens computed at once (a micro-batch); at most <see cref="BatchSize"/>. Default 512. Where embeddings are pooled, it becomes the
    /// next lower multiple of <see cref="MaxSequences"/>.
    /// </summary>
    public int MicroBatchSize { get; init; } = 512;

    /// <summary>Number of sequences, 1 to 256 and at most <see cref="BatchSize"/>. Default 1.</summary>
    public int MaxSequences { get; init; } = 1;

    /// <summary>Threads for one token, at most 512; 0, the default, takes the physical cores that this process may use.</summary>
    public int Threads { get; init; }

    /// <summary>Threads for prompts and batches, at most 512; 0, the default, takes the physical cores that this process may use.</summary>
    public int BatchThreads { get; init; }

    /// <summary>Threads that the caller made and several contexts may share; null, the default, starts threads for this context.</summary>
    public LlamaThreadPool? ThreadPool { get; init; }

    /// <summary>Flash attention.</summary>
    public FlashAttention FlashAttention { get; init; } = FlashAttention.Auto;

    /// <summary>Format of the cached keys.</summary>
    public CacheType KeyType { get; init; } = CacheType.F16;

    /// <summary>Format of the cached values; quantized ones need flash attention.</summary>
    public CacheType ValueType { get; init; } = CacheType.F16;

    /// <summary>True for one cache buffer that all sequences share (copies between them are free); false for a part each. Default true.</summary>
    public bool UnifiedCache { get; init; } = true;

    /// <summary>True to keep the whole context in sliding-window layers too, which rollback and shifting need. Default true.</summary>
    public bool FullSlidingWindowCache { get; init; } = true;

    /// <summary>True to compute embeddings. Default false.</summary>
    public bool Embeddings { get; init; }

    /// <summary>Pooling of embeddings.</summary>
    public Pooling Pooling { get; init; } = Pooling.FromModel;

    /// <summary>Attention.</summary>
    public AttentionKind Attention { get; init; } = AttentionKind.FromModel;

    /// <summary>Rotary scaling.</summary>
    public RopeScaling RopeScaling { get; init; } = RopeScaling.FromModel;

    /// <summary>Rotary base frequency; 0 as the model says.</summary>
    public float RopeFrequencyBase { get; init; }

    /// <summary>Rotary frequency scale; 0 as the model says.</summary>
    public float RopeFrequencyScale { get; init; }

    /// <summary>YaRN's extrapolation mix; negative as the model says.</summary>
    public float YarnExtrapolation { get; init; } = -1;

    /// <summary>YaRN's magnitude scaling; negative as the model says.</summary>
    public float YarnAttention { get; init; } = -1;

    /// <summary>YaRN's low correction dimension; negative as the model says.</summary>
    public float YarnBetaFast { get; init; } = -1;

    /// <summary>YaRN's high correction dimension; negative as the model says.</summary>
    public float YarnBetaSlow { get; init; } = -1;

    /// <summary>The context YaRN scales from; 0 as the model says.</summary>
    public int YarnOriginalContext { get; init; }

    /// <summary>Snapshots of the recurrent state kept for each sequence, so that it can be rolled back that many tokens. Default 0.</summary>
    public int RecurrentSnapshots { get; init; }

    /// <summary>True to keep the cache on the device that computes. Default true.</summary>
    public bool OffloadCache { get; init; } = true;

    /// <summary>True to let the device compute large host operations. Default true.</summary>
    public bool OffloadOperations { get; init; } = true;

    /// <summary>True to count times (<see cref="LlamaContext.Performance"/>). Default false.</summary>
    public bool MeasurePerformance { get; init; }

    internal void Validate()
    {
        Check(ContextSize, 0, 1 << 28, nameof(ContextSize));
        Check(BatchSize, 1, 1 << 24, nameof(BatchSize));
        Check(MicroBatchSize, 1, BatchSize, nameof(MicroBatchSize));
        Check(MaxSequences, 1, Math.Min(LlamaContext.SequenceLimit, BatchSize), nameof(MaxSequences));      // llama.cpp keeps room for an output of each
        Check(Threads, 0, LlamaThreadPool.ThreadLimit, nameof(Threads));
        Check(BatchThreads, 0, LlamaThreadPool.ThreadLimit, nameof(BatchThreads));
        Check(YarnOriginalContext, 0, 1 << 28, nameof(YarnOriginalContext));
        Check(RecurrentSnapshots, 0, 1 << 16, nameof(RecurrentSnapshots));
        CheckFinite(RopeFrequencyBase, 0, nameof(RopeFrequencyBase));
        CheckFinite(RopeFrequencyScale, 0, nameof(RopeFrequencyScale));
        CheckFinite(YarnExtrapolation, float.MinValue, nameof(YarnExtrapolation));
        CheckFinite(YarnAttention, float.MinValue, nameof(YarnAttention));
        CheckFinite(YarnBetaFast, float.MinValue, nameof(YarnBetaFast));
        CheckFinite(YarnBetaSlow, float.MinValue, nameof(YarnBetaSlow));
        CheckDefined(FlashAttention, FlashAttention.Auto, nameof(FlashAttention));
        CheckDefined(KeyType, CacheType.F16, nameof(KeyType));
        CheckDefined(ValueType, CacheType.F16, nameof(ValueType));
        CheckDefined(Pooling, Pooling.FromModel, nameof(Pooling));
        CheckDefined(Attention, AttentionKind.FromModel, nameof(Attention));
        CheckDefined(RopeScaling, RopeScaling.FromModel, nameof(RopeScaling));
    }

    private static void Check(int value, int minimum, int maximum, string name)
    {
        if (value < minimum || value > maximum)
            throw new ArgumentOutOfRangeException(name, value, $"ContextOptions.{name} must lie in {minimum}..{maximum}.");
    }

    private static void CheckFinite(float value, float minimum, string name)
    {
        if (!float.IsFinite(value) || value < minimum)
            throw new ArgumentOutOfRangeException(name, value, $"ContextOptions.{name} must be a finite number{(minimum == 0 ? ", not negative" : "")}.");
    }

    /// <summary>The usual value is told apart first: looking a value up reads the enumeration's metadata.</summary>
    private static void CheckDefined<T>(T value, T usual, string name)
        where T : struct, Enum
    {
        if (!EqualityComparer<T>.Default.Equals(value, usual) && !Enum.IsDefined(value))
            throw new ArgumentOutOfRangeException(name, value, $"ContextOptions.{name} is not one of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
