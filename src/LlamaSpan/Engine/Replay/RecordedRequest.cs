namespace LlamaSpan;

/// <summary>A request as an engine took it in.</summary>
internal sealed record RecordedRequest
{
    public long Number { get; init; }

    /// <summary>Its place among those that wait.</summary>
    public long Rank { get; init; }

    public int[] Tokens { get; init; } = [];

    public string Namespace { get; init; } = "";

    public bool KeepInCache { get; init; }

    public bool IsPinned { get; init; }

    /// <summary>True if it generates; else it wants outputs from <see cref="FirstOutput"/> on, or none.</summary>
    public bool Generates { get; init; }

    public int FirstOutput { get; init; }

    public int MaxTokens { get; init; }

    /// <summary>The request whose prompt it repeats; 0 for none.</summary>
    public long Leader { get; init; }

    /// <summary>How tokens are drawn, with the seed in use.</summary>
    public SamplingOptions? Sampling { get; init; }

    public ulong Stream { get; init; }

    /// <summary>Documents to be moved, three numbers each: start, count, and 1 if stable; null for none.</summary>
    public int[]? Documents { get; init; }

    public int RecomputedTokens { get; init; }
}
