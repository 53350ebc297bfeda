namespace LlamaSpan;

/// <summary>The checked hyperparameters of a transformer whose blocks are all alike, as far as tensors and graph depend on them.</summary>
internal sealed record Hyperparameters
{
    public required string Architecture { get; init; }

    public required int BlockCount { get; init; }

    public required long EmbeddingSize { get; init; }

    public required long VocabularySize { get; init; }

    public required long HeadCount { get; init; }

    public required long KvHeadCount { get; init; }

    /// <summary>Elements of one head's query, key and value.</summary>
    public required long HeadSize { get; init; }

    /// <summary>How many of a head's elements RoPE rotates.</summary>
    public required long RopeSize { get; init; }

    public required long FeedForwardSize { get; init; }

    public required long ExpertCount { get; init; }

    public required long ExpertsUsed { get; init; }

    /// <summary>RoPE has a table of factors for short and one for long contexts.</summary>
    public required bool HasLongRope { get; init; }

    public long QuerySize => HeadCount * HeadSize;

    public long KvSize => KvHeadCount * HeadSize;
}
