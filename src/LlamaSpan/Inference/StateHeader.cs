using System.Buffers.Binary;
using System.IO.Hashing;

namespace LlamaSpan;

/// <summary>
/// The 48 bytes in front of a state, little-endian: magic (8), kind (4), version (4), length of what follows (8), key (16), checksum (8:
/// XXH3 of what follows). llama.cpp's own blobs carry no more than a magic number.
/// </summary>
internal readonly struct StateHeader
{
    internal const int Size = 48;
    private const int Version = 1;
    private readonly ulong _checksum;

    private StateHeader(ulong length, ulong checksum) => (Length, _checksum) = (length, checksum);

    private static ReadOnlySpan<byte> Magic => "LLSPANST"u8;

    /// <summary>Bytes behind the header.</summary>
    internal ulong Length { get; }

    internal static void Write(Span<byte> destination, StateKind kind, UInt128 key, ReadOnlySpan<byte> payload) =>
        Write(destination, kind, key, (nuint)payload.Length, XxHash3.HashToUInt64(payload));

    internal static void Write(Span<byte> destination, StateKind kind, UInt128 key, nuint length, ulong checksum)
    {
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], (int)kind);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], length);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[24..], key);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[40..], checksum);
    }

    internal static StateHeader Read(ReadOnlySpan<byte> source, StateKind kind, UInt128 key)
    {
        if (source.Length < Size || !source.StartsWith(Magic))
            throw new StateException("This is no state saved by LlamaSpan.");
        int version = BinaryPrimitives.ReadInt32LittleEndian(source[12..]);
        if (version != Version)
            throw new StateException($"The state has format version {version}; this library reads {Version}.");
        int found = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
        if (found != (int)kind)
            throw new StateException(kind == StateKind.Sequence ? "The state is not of one sequence." : "The state is not of a whole context.");
        if (BinaryPrimitives.ReadUInt128LittleEndian(source[24..]) != key)
            throw new StateException("The state was saved with another model, adapter, rotary setting or cache format.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]);
        if (length == 0 || length > 1UL << 48)
            throw new StateException($"The header announces {length} bytes.");
        return new StateHeader(length, BinaryPrimitives.ReadUInt64LittleEndian(source[40..]));
    }

    internal void Check(ulong checksum)
    {
        if (checksum != _checksum)
            throw new StateException("The state is damaged: its checksum differs.");
    }
}
