namespace LlamaSpan;

/// <summary>What a capsule's file holds.</summary>
internal sealed record CapsuleContent
{
    internal const int CurrentFormat = 2;

    public int Format { get; init; } = CurrentFormat;

    /// <summary>Versions of this library and of llama.cpp.</summary>
    public string Library { get; init; } = "";

    public string Llama { get; init; } = "";

    /// <summary>The model's description, and what tells its files and the kind of cache apart, in hexadecimal digits.</summary>
    public string Model { get; init; } = "";

    public string ModelFingerprint { get; init; } = "";

    public string CacheKey { get; init; } = "";

    public ContextOptions Context { get; init; } = new();

    public int MaxSequences { get; init; }

    public int CachedSequences { get; init; }

    public CacheLayout CacheLayout { get; init; } = CacheLayout.Unified;

    public int TokensPerStep { get; init; }

    public int ReservedTokens { get; init; }

    public long HostMemoryBytes { get; init; }

    /// <summary>True if the engine had host memory or a folder for cached sequences.</summary>
    public bool HasTiers { get; init; }

    public List<RecordedRequest> Requests { get; init; } = [];

    public List<RecordedStep> Steps { get; init; } = [];

    /// <summary>The sets of tokens that constraints allowed, as <see cref="AllowedTokens.Write"/> has them.</summary>
    public List<string> Masks { get; init; } = [];

    /// <summary>What was embedded or ranked, batch by batch.</summary>
    public List<RecordedTexts> Texts { get; init; } = [];

    /// <summary>False if a list or an entry of one is missing, which the JSON of a damaged file may say.</summary>
    internal bool IsWhole() =>
        AreThere(Requests) && AreThere(Steps) && AreThere(Masks) && AreThere(Texts) && Context is not null
        && Requests.TrueForAll(request => request is { Tokens: not null, Namespace: not null })
        && Texts.TrueForAll(texts => AreThere(texts.Tokens) && AreThere(texts.Outputs))
        && Steps.TrueForAll(step => AreThere(step.Events) && AreThere(step.Batch) && AreThere(step.Finds) && AreThere(step.Outputs) && step.Paused is not null
            && step.Batch.TrueForAll(share => share.Guesses is not null)
            && step.Finds.TrueForAll(find => find.Tokens is not null)
            && step.Outputs.TrueForAll(output => output.Appended is not null));

    private static bool AreThere<T>(IReadOnlyCollection<T>? entries)
        where T : class => entries is not null && !entries.Contains(null!);
}
