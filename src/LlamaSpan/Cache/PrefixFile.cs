using System.Buffers.Binary;
using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;

namespace LlamaSpan;

/// <summary>
/// One stored sequence, memory-mapped. Little-endian: magic (8), version (4), bytes of the namespace (4), tokens (4), peak (4), bytes of the
/// state (8), key (16), XXH3 of all else (8); then namespace, tokens, state.
/// </summary>
internal sealed unsafe class PrefixFile : IDisposable
{
    private const int HeaderSize = 56;
    private const int Version = 1;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly string _path;
    private readonly byte* _start;
    private readonly int _nameLength, _tokenCount, _peak;
    private readonly long _stateLength;

    private PrefixFile(string path, UInt128 key)
    {
        _path = path;
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long length = stream.Length;
        if (length < HeaderSize)
            throw new InvalidDataException("it is too short");
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        try
        {
            ReadOnlySpan<byte> header = new(_start, HeaderSize);
            if (!header.StartsWith(Magic) || BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != Version)
                throw new InvalidDataException("it is no stored sequence of this version");
            if (BinaryPrimitives.ReadUInt128LittleEndian(header[32..]) != key)
                throw new ForeignKeyException();
            _nameLength = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
            _tokenCount = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
            _peak = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
            _stateLength = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
            long stateStart = HeaderSize + _nameLength + 4L * _tokenCount;
            if (_nameLength < 0 || _tokenCount <= 0 || stateStart > int.MaxValue || _stateLength is <= 0 or > int.MaxValue || length != stateStart + _stateLength)
                throw new InvalidDataException("its lengths do not add up");
            if (BinaryPrimitives.ReadUInt64LittleEndian(header[48..]) != Checksum(header[..48], Name, TokenBytes))
                throw new InvalidDataException("its checksum differs");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static ReadOnlySpan<byte> Magic => "LLSPANKV"u8;

    /// <summary>The state, with a header and a checksum of its own, which are checked when it is loaded.</summary>
    internal ReadOnlySpan<byte> State => new(_start + HeaderSize + _nameLength + 4 * _tokenCount, (int)_stateLength);

    private ReadOnlySpan<byte> Name => new(_start + HeaderSize, _nameLength);

    private ReadOnlySpan<byte> TokenBytes => new(_start + HeaderSize + _nameLength, 4 * _tokenCount);

    /// <exception cref="InvalidDataException">It is damaged, or none.</exception>
    /// <exception cref="ForeignKeyException">It belongs to another model or kind of cache.</exception>
    internal static PrefixFile Open(string path, UInt128 key) => new(path, key);

    /// <summary>Writes a file, whole or not at all.</summary>
    internal static void Write(string path, UInt128 key, StoredPrefix prefix)
    {
        byte[] name = Encoding.UTF8.GetBytes(prefix.Namespace);
        byte[] header = new byte[HeaderSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), prefix.Tokens.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), prefix.Peak);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), prefix.Saved!.Size);
        BinaryPrimitives.WriteUInt128LittleEndian(header.AsSpan(32), key);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(48), Checksum(header.AsSpan(0, 48), name, MemoryMarshal.AsBytes(prefix.Tokens.AsSpan())));
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            stream.Write(name);
            stream.Write(MemoryMarshal.AsBytes(prefix.Tokens.AsSpan()));
            stream.Write(prefix.Saved.Bytes);
        });
    }

    /// <summary>What a prefix's file is called: the same in every process.</summary>
    internal static UInt128 NameOf(UInt128 key, StoredPrefix prefix)
    {
        XxHash128 hash = new();
        hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(in key)));
        byte[] name = Encoding.UTF8.GetBytes(prefix.Namespace);
        hash.Append(BitConverter.GetBytes(name.Length));      // else some names and tokens read like others
        hash.Append(name);
        hash.Append(MemoryMarshal.AsBytes(prefix.Tokens.AsSpan()));
        return hash.GetCurrentHashAsUInt128();
    }

    internal StoredPrefix Describe() => new(Encoding.UTF8.GetString(Name), MemoryMarshal.Cast<byte, LlamaToken>(TokenBytes).ToArray(), _peak)
    {
        Path = _path,
        Size = _stateLength,
    };

    public void Dispose()
    {
        if (_start is not null)
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static ulong Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name, ReadOnlySpan<byte> tokens)
    {
        XxHash3 hash = new();
        hash.Append(header);
        hash.Append(name);
        hash.Append(tokens);
        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>A file of another model, adapter or kind of cache.</summary>
    internal sealed class ForeignKeyException : Exception;
}
