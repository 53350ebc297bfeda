namespace LlamaSpan;

/// <summary>A sequence's cells in host memory.</summary>
internal sealed unsafe class SavedSequence : IDisposable
{
    private readonly NativeBuffer _buffer;

    private SavedSequence(int size, int tokens, int peak)
    {
        _buffer = new NativeBuffer((nuint)size);
        (Size, Tokens, Peak) = (size, tokens, peak);
    }

    /// <summary>Bytes.</summary>
    internal int Size { get; }

    /// <summary>Tokens it holds.</summary>
    internal int Tokens { get; }

    /// <summary>As <see cref="CachedSequence.Peak"/>.</summary>
    internal int Peak { get; }

    internal ReadOnlySpan<byte> Bytes => new(_buffer.Pointer, Size);

    /// <summary>Copies a sequence's cells; null if they take more than a limit.</summary>
    internal static SavedSequence? Save(LlamaContext context, CachedSequence sequence, long limit)
    {
        long size = context.StateSize(sequence.Sequence);
        if (size > Math.Min(limit, int.MaxValue))
            return null;
        SavedSequence saved = new((int)size, sequence.Total, sequence.Peak);
        context.SaveState(sequence.Sequence, new Span<byte>(saved._buffer.Pointer, saved.Size));
        return saved;
    }

    /// <summary>Copies cells that were saved before.</summary>
    internal static SavedSequence Copy(ReadOnlySpan<byte> state, int tokens, int peak)
    {
        SavedSequence saved = new(state.Length, tokens, peak);
        state.CopyTo(new Span<byte>(saved._buffer.Pointer, saved.Size));
        return saved;
    }

    public void Dispose() => _buffer.Dispose();
}
