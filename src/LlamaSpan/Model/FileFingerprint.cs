using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>Tells files apart without reading them whole.</summary>
internal static class FileFingerprint
{
    private const int Sample = 4096;
    private const int Samples = 256;

    /// <summary>
    /// XXH128 over each file's length, its first MiB (a GGUF's metadata and, as a rule, tensor list) and 256 samples of 4 KiB spread
    /// evenly over the rest: other weights differ in some sample, a copy of the file does not.
    /// </summary>
    internal static UInt128 Compute(IReadOnlyList<string> paths)
    {
        XxHash128 hash = new();
        byte[] buffer = new byte[1 << 20];
        foreach (string path in paths)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            long length = file.Length;
            hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in length)));
            hash.Append(buffer.AsSpan(0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)));
            for (int i = 0; i < Samples && length > buffer.Length; i++)
            {
                file.Position = buffer.Length + ((length - buffer.Length) / Samples * i);
                hash.Append(buffer.AsSpan(0, file.ReadAtLeast(buffer.AsSpan(0, Sample), Sample, throwOnEndOfStream: false)));
            }
        }
        return hash.GetCurrentHashAsUInt128();
    }
}
