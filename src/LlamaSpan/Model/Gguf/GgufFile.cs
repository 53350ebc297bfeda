using System.Diagnostics.CodeAnalysis;

namespace LlamaSpan;

/// <summary>
/// The header of a GGUF file (version 2 or 3): metadata and what it says of its tensors, read by managed code alone. The tensors' data is
/// not read. Immutable; safe to share between threads. Format: llama.cpp's ggml/include/gguf.h.
/// </summary>
public sealed class GgufFile
{
    private readonly Dictionary<string, GgufTensor> _byName;

    internal GgufFile(string path, long length, int version, GgufMetadata metadata, GgufTensor[] tensors, (int Alignment, long DataOffset) data)
    {
        (Path, Length, Version, Metadata, Tensors) = (path, length, version, metadata, tensors);
        (Alignment, DataOffset) = data;
        _byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    private GgufFile(GgufFile other, GgufMetadata metadata)
    {
        (Path, Length, Version, Metadata, Tensors) = (other.Path, other.Length, other.Version, metadata, other.Tensors);
        (Alignment, DataOffset, _byName) = (other.Alignment, other.DataOffset, other._byName);
    }

    /// <summary>The path the file was read from.</summary>
    public string Path { get; }

    /// <summary>Length of the whole file in bytes.</summary>
    public long Length { get; }

    /// <summary>Version of the format: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Keys and values.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>The tensors in the file's order.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>What offsets of tensors are multiples of, in bytes: a power of two, 32 unless the file says otherwise.</summary>
    public int Alignment { get; }

    /// <summary>Where the tensors' data begins, in bytes from the start of the file.</summary>
    public long DataOffset { get; }

    /// <summary>The file without its metadata, whose memory is given back: this object has none any more.</summary>
    internal GgufFile WithoutMetadata()
    {
        Metadata.Release();
        return new GgufFile(this, new GgufMetadata(0));
    }

    /// <summary>Finds a tensor by its name.</summary>
    public bool TryGetTensor(string name, [NotNullWhen(true)] out GgufTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Reads a file's header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="ModelLoadException">
    /// The file is missing, unreadable, not a GGUF, big-endian, of another version, or its header is cut off or contradicts itself. Whether
    /// the tensors' data is all there is for <see cref="GgufValidator"/> to say.
    /// </exception>
    public static GgufFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (Directory.Exists(path))
                throw new ModelLoadException(ModelLoadFailure.NotFound, path, "it is a folder, not a file.");
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            return GgufParser.Parse(new GgufHeaderReader(path, length, (buffer, offset) => RandomAccess.Read(file, buffer.Span, offset)));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelLoadException(ModelLoadFailure.NotFound, path, "there is no such file.", inner: error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new ModelLoadException(ModelLoadFailure.AccessDenied, path, "this process may not read it.", inner: error);
        }
        catch (IOException error)
        {
            throw new ModelLoadException(ModelLoadFailure.ReadError, path, error.Message, inner: error);
        }
    }

    /// <summary>Reads the header of a file that lies in memory, under a name for messages.</summary>
    /// <exception cref="ModelLoadException">It is not a GGUF, big-endian, of another version, or its header is cut off or contradicts itself.</exception>
    public static GgufFile Read(ReadOnlyMemory<byte> bytes, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return GgufParser.Parse(new GgufHeaderReader(name, bytes.Length, (buffer, offset) =>
        {
            ReadOnlySpan<byte> rest = bytes.Span[(int)offset..];
            int count = Math.Min(buffer.Length, rest.Length);
            rest[..count].CopyTo(buffer.Span);
            return count;
        }));
    }
}
