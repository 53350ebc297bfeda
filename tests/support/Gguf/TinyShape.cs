namespace LlamaSpan.TestSupport;

/// <summary>What a tiny model looks like; any combination can be written, sensible or not.</summary>
public sealed record TinyShape
{
    /// <summary>The architecture: llama, gemma2 or phi3.</summary>
    public string Architecture { get; init; } = "llama";

    /// <summary>Number of blocks.</summary>
    public int Blocks { get; init; } = 2;

    /// <summary>Elements of an embedding.</summary>
    public int Embedding { get; init; } = 64;

    /// <summary>Number of query heads.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Number of key and value heads.</summary>
    public int KvHeads { get; init; } = 2;

    /// <summary>Elements of a head; 0 for the embedding parted by the heads, with no key in the metadata.</summary>
    public int HeadSize { get; init; }

    /// <summary>Rotated elements of a head; 0 for all, with no key in the metadata.</summary>
    public int RopeSize { get; init; }

    /// <summary>Width of the feed-forward network.</summary>
    public int FeedForward { get; init; } = 96;

    /// <summary>Number of experts; 0 for a dense model.</summary>
    public int Experts { get; init; }

    /// <summary>Experts used for a token.</summary>
    public int ExpertsUsed { get; init; }

    /// <summary>Type of the matrices.</summary>
    public TensorType Weights { get; init; }

    /// <summary>Type of the embedding; null for that of the matrices.</summary>
    public TensorType? EmbeddingWeights { get; init; }

    /// <summary>Queries, keys and values in one matrix.</summary>
    public bool Fused { get; init; }

    /// <summary>No output tensor: the embedding serves.</summary>
    public bool Tied { get; init; }

    /// <summary>Biases beside the attention's and feed-forward matrices.</summary>
    public bool Biases { get; init; }

    /// <summary>Scales beside the matrices, as NVFP4 has them.</summary>
    public bool Scales { get; init; }

    /// <summary>RoPE factors: one table for llama, a long and a short one for phi3.</summary>
    public bool RopeFactors { get; init; }

    /// <summary>Byte-level BPE instead of SentencePiece.</summary>
    public bool BytePair { get; init; }

    /// <summary>The head size that counts.</summary>
    public int EffectiveHeadSize => HeadSize > 0 ? HeadSize : Embedding / Heads;
}
