using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace LlamaSpan;

/// <summary>
/// Reads the header of a GGUF file front to back into managed memory of the shared pool, growing as it goes; never the tensors' data. Not
/// a memory map: a file that shrinks meanwhile would raise a signal there, here it is an exception.
/// </summary>
internal sealed class GgufHeaderReader
{
    /// <summary>Longest header read, in bytes; the largest known ones (vocabularies of 256k tokens) have some 30 MB.</summary>
    public const int MaxHeaderBytes = 1 << 30;

    private const int ReadSize = 256 << 10, FirstRoom = 1 << 20;

    private readonly Func<Memory<byte>, long, int> _read;   // fills at an offset, returns how much it got
    private byte[] _bytes;
    private int _filled;

    public GgufHeaderReader(string path, long length, Func<Memory<byte>, long, int> read)
    {
        (Path, Length, _read) = (path, length, read);
        _bytes = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, FirstRoom));
    }

    /// <summary>The file's path, for messages.</summary>
    public string Path { get; }

    /// <summary>Length of the whole file in bytes.</summary>
    public long Length { get; }

    /// <summary>Offset of the next byte.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes from here to the end of the file.</summary>
    public long Remaining => Length - Position;

    /// <summary>The key or tensor being read, for messages.</summary>
    public string Subject { get; set; } = "";

    public uint ReadUInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(ReadSpan(sizeof(uint), what));

    public ulong ReadUInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(ReadSpan(sizeof(ulong), what));

    /// <summary>A count or extent: refused where negative as a signed number.</summary>
    public long ReadCount(string what)
    {
        int at = Position;
        long count = (long)ReadUInt64(what);
        return count >= 0 ? count : throw Malformed(at, $"{what} is {(ulong)count}, more than any file holds");
    }

    /// <summary>A key or tensor name: UTF-8 without NUL, not empty.</summary>
    public string ReadName(int maxBytes, string what)
    {
        int at = Position;
        ReadOnlySpan<byte> bytes = ReadSpan(ReadLength(what), what);
        if (bytes.IsEmpty || bytes.Length > maxBytes)
            throw Malformed(at, $"{what} has {bytes.Length} bytes; 1 to {maxBytes} are allowed");
        if (!Utf8.IsValid(bytes) || bytes.Contains((byte)0))
            throw Malformed(at, $"{what} is not UTF-8 text without NUL");
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Skips a string; its bytes are then the last ones of what was read.</summary>
    public int SkipString(string what)
    {
        int length = ReadLength(what);
        Skip(length, what);
        return length;
    }

    /// <summary>Skips strings one behind the other. A vocabulary has hundreds of thousands: optimized from the first call on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SkipStrings(long count, string what)
    {
        for (long i = 0; i < count; i++)
        {
            int position = Position;
            if (_filled - position >= sizeof(ulong))
            {
                ulong length = BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(position));
                if (length <= (ulong)(_filled - position - sizeof(ulong)))
                {
                    Position = position + sizeof(ulong) + (int)length;
                    continue;
                }
            }
            SkipString(what);
        }
    }

    /// <summary>Moves on by bytes that must be there.</summary>
    public void Skip(long count, string what)
    {
        if (count > Remaining)
        {
            throw new ModelLoadException(
                ModelLoadFailure.Truncated, Path, $"{what}{Of} needs {count} bytes at byte {Position}, but the file ends at byte {Length}.");
        }
        if (Position + count > MaxHeaderBytes)
            throw Malformed(Position, $"{what} makes the header longer than {MaxHeaderBytes} bytes");
        Position += (int)count;
        if (Position > _filled)
            Fill();
    }

    /// <summary>The bytes read so far; the array no longer changes once the header is read.</summary>
    public ReadOnlyMemory<byte> Bytes(int offset, int count) => _bytes.AsMemory(offset, count);

    /// <summary>All of them, to go back to the pool when nothing that was read is needed any more; without that they are collected.</summary>
    public byte[] Rented => _bytes;

    public ModelLoadException Malformed(long at, string what) => new(ModelLoadFailure.Malformed, Path, $"at byte {at}, {what}.");

    private string Of => Subject.Length == 0 ? "" : $" of '{Subject}'";

    private int ReadLength(string what)
    {
        int at = Position;
        ulong length = ReadUInt64(what);
        if (length > (ulong)Remaining)
        {
            throw new ModelLoadException(
                ModelLoadFailure.Truncated, Path, $"at byte {at}, {what}{Of} is said to have {length} bytes, but the file ends at byte {Length}.");
        }
        return length <= MaxHeaderBytes ? (int)length : throw Malformed(at, $"{what} is said to have {length} bytes, more than a header may have");
    }

    private ReadOnlySpan<byte> ReadSpan(int count, string what)
    {
        int start = Position;
        Skip(count, what);
        return _bytes.AsSpan(start, count);
    }

    private void Fill()
    {
        if (Position > _bytes.Length)
        {
            long wanted = Math.Max(Position, Math.Min(4L * _bytes.Length, MaxHeaderBytes));
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(wanted, Length));
            _bytes.AsSpan(0, _filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        while (_filled < Position)
        {
            // some more than needed, but not all there is room for: pages that are not written cost nothing
            int count = Math.Min(Math.Max(Position - _filled, ReadSize), _bytes.Length - _filled);
            int got = _read(_bytes.AsMemory(_filled, count), _filled);
            if (got <= 0)
            {
                throw new ModelLoadException(
                    ModelLoadFailure.Truncated, Path, $"the file had {Length} bytes when it was opened, but only {_filled} could be read.");
            }
            _filled += got;
        }
    }
}
