namespace LlamaSpan;

/// <summary>What a GGUF file's header says of one tensor.</summary>
public sealed class GgufTensor
{
    /// <summary>The largest number of dimensions ggml has.</summary>
    public const int MaxDimensions = 4;

    private readonly long[] _shape;

    internal GgufTensor(string name, TensorType type, long[] shape, long offset, long entryOffset)
    {
        (Name, Type, _shape, Offset, EntryOffset) = (name, type, shape, offset, entryOffset);
        Int128 elements = 1;
        foreach (long extent in shape)
            elements = extent == 0 ? 0 : elements > long.MaxValue ? elements : elements * extent;
        (int blockElements, int blockBytes) = type.Block();
        Int128 bytes = blockElements == 0 ? 0 : elements / blockElements * blockBytes;
        IsRepresentable = elements <= long.MaxValue && bytes <= long.MaxValue;
        (ElementCount, ByteCount) = IsRepresentable ? ((long)elements, (long)bytes) : (long.MaxValue, long.MaxValue);
    }

    /// <summary>The tensor's name, such as <c>blk.0.attn_q.weight</c>.</summary>
    public string Name { get; }

    /// <summary>How the elements are stored.</summary>
    public TensorType Type { get; }

    /// <summary>Extents, fastest-varying first (a weight matrix: inputs, then outputs); as many as the file gives, at most four.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Number of elements: the product of the extents.</summary>
    public long ElementCount { get; }

    /// <summary>Size of the data in bytes.</summary>
    public long ByteCount { get; }

    /// <summary>Where the data begins, in bytes from the start of the file's data section.</summary>
    public long Offset { get; }

    /// <summary>Where the header describes the tensor, in bytes from the start of the file.</summary>
    internal long EntryOffset { get; }

    /// <summary>False if the number of elements or bytes does not fit 63 bits.</summary>
    internal bool IsRepresentable { get; }

    /// <summary>The extent of a dimension; 1 for those that the file does not give.</summary>
    public long Extent(int dimension) => dimension < _shape.Length ? _shape[dimension] : 1;

    /// <summary>True if the extents are these, dimensions of extent 1 at the end left out or not.</summary>
    internal bool HasShape(ReadOnlySpan<long> expected)
    {
        for (int i = 0; i < MaxDimensions; i++)
            if (Extent(i) != (i < expected.Length ? expected[i] : 1))
                return false;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type} [{string.Join(", ", _shape)}]";
}
