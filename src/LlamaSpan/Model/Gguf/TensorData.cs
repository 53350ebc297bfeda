using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>Reads the data of F32 tensors from a file.</summary>
internal static class TensorData
{
    /// <summary>Fills a span with a tensor's values.</summary>
    /// <exception cref="ModelLoadException">The file ended early.</exception>
    public static void Read(GgufFile file, GgufTensor tensor, Span<float> values)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file.Path);
        Span<byte> bytes = MemoryMarshal.AsBytes(values);
        for (int read = 0; read < bytes.Length;)
        {
            int got = RandomAccess.Read(handle, bytes[read..], file.DataOffset + tensor.Offset + read);
            if (got == 0)
                throw new ModelLoadException(ModelLoadFailure.Truncated, file.Path, $"it ended while tensor '{tensor.Name}' was read.");
            read += got;
        }
    }
}
