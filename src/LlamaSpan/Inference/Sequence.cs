namespace LlamaSpan;

/// <summary>A sequence of a context: tokens that see each other in the KV cache.</summary>
/// <param name="Id">0 to <see cref="LlamaContext.MaxSequences"/> less 1.</param>
public readonly record struct Sequence(int Id)
{
    /// <summary>The first sequence, the only one of a context made with default options.</summary>
    public static Sequence Zero => default;

    /// <inheritdoc/>
    public override string ToString() => $"sequence {Id}";
}
