namespace LlamaSpan;

/// <summary>Checks where a file's tensors lie: one behind the other, aligned, none beyond the end.</summary>
internal static class TensorLayoutCheck
{
    // what ggml's CPU buffers are aligned to; a mapped file whose tensors are not makes it abort
    private const int MappedAlignment = 32;

    /// <summary>Checks all tensors of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mapped">True if llama.cpp may map the file into memory (models), false if it reads it (adapters).</param>
    /// <exception cref="ModelLoadException">A tensor overlaps another, lies elsewhere than ggml expects, or beyond the end.</exception>
    public static void Check(GgufFile file, bool mapped)
    {
        long expected = 0;
        foreach (GgufTensor tensor in file.Tensors)
        {
            if (tensor.Offset != expected)
                throw Misplaced(file, tensor, expected);
            if (file.DataOffset > file.Length || tensor.ByteCount > file.Length - file.DataOffset - expected)
            {
                throw new ModelLoadException(
                    ModelLoadFailure.Truncated,
                    file.Path,
                    $"tensor '{tensor.Name}' has {tensor.ByteCount} bytes from byte {(Int128)file.DataOffset + expected} on, but the file ends at byte {file.Length}.");
            }
            if (mapped && (file.DataOffset + expected) % MappedAlignment != 0)
            {
                throw Malformed(
                    file, tensor, $"begins at byte {file.DataOffset + expected}, which is no multiple of {MappedAlignment}, so it cannot be mapped into memory");
            }
            expected += (tensor.ByteCount + file.Alignment - 1) & -(long)file.Alignment;
        }
    }

    private static ModelLoadException Misplaced(GgufFile file, GgufTensor tensor, long expected)
    {
        string what = tensor.Offset % file.Alignment != 0 ? $"is not aligned to {file.Alignment} bytes"
            : tensor.Offset < expected ? "overlaps an earlier tensor"
            : "leaves a gap behind the tensor before it";
        return Malformed(file, tensor, $"{what}: its offset is {tensor.Offset}, where {expected} follows");
    }

    private static ModelLoadException Malformed(GgufFile file, GgufTensor tensor, string what) =>
        new(ModelLoadFailure.Malformed, file.Path, $"tensor '{tensor.Name}' (described at byte {tensor.EntryOffset}) {what}.");
}
