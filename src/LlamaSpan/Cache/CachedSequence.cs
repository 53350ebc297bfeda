namespace LlamaSpan;

/// <summary>
/// One sequence of the context and what is known of its cells: the first <see cref="Length"/> tokens are in the prefix tree, those up to
/// <see cref="Total"/> are its own alone, and those up to <see cref="Settled"/> have been decoded.
/// </summary>
internal sealed class CachedSequence(Sequence sequence, PrefixNode root)
{
    internal Sequence Sequence { get; } = sequence;

    /// <summary>Where its path in the tree ends.</summary>
    internal PrefixNode Node { get; set; } = root;

    /// <summary>How many of its tokens are in the tree.</summary>
    internal int Length => Node.End;

    /// <summary>How many cells it has, or will have when the batch being made is decoded.</summary>
    internal int Total { get; set; }

    /// <summary>How many of its tokens are decoded.</summary>
    internal int Settled { get; set; }

    /// <summary>The most tokens it ever had: what lies further behind than a sliding window may be gone.</summary>
    internal int Peak { get; set; }

    /// <summary>True while a request uses it.</summary>
    internal bool IsRunning { get; set; } = true;

    /// <summary>How many callers pinned it.</summary>
    internal int Pins { get; set; }

    /// <summary>True if it must stay.</summary>
    internal bool IsLocked => IsRunning || Pins > 0;

    /// <summary>Cells that are not in the tree.</summary>
    internal int Private => Total - Length;
}
