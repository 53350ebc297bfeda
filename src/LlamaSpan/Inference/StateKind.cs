namespace LlamaSpan;

/// <summary>What a saved state holds.</summary>
internal enum StateKind
{
    /// <summary>All sequences of a context.</summary>
    Context = 1,

    /// <summary>One sequence.</summary>
    Sequence = 2,
}
