namespace LlamaSpan;

/// <summary>The tokens that one reading allows: a mask shared with other entries, and single tokens besides.</summary>
internal sealed class MaskEntry
{
    /// <summary>A mask, never written to, or null.</summary>
    public ulong[]? Base { get; init; }

    /// <summary>True if <see cref="Base"/> was made for this entry.</summary>
    public bool OwnsBase { get; init; }

    /// <summary>Tokens not in <see cref="Base"/>.</summary>
    public int[] Tokens { get; init; } = [];

    /// <summary>Tokens that hold a whole unlisted property name: to be checked against the names already used.</summary>
    public int[] Sensitive { get; init; } = [];

    /// <summary>How much deeper than the reading's frame a token may nest.</summary>
    public int Rise { get; init; }

    /// <summary>How many frames the tokens may return to.</summary>
    public int Frames { get; init; }
}
