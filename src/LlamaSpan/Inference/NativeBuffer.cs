using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>A block of native memory that may be larger than a span.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int Piece = 1 << 20;
    private readonly nuint _length;

    internal NativeBuffer(nuint length)
    {
        _length = length;
        Pointer = (byte*)NativeMemory.Alloc(length);
    }

    internal byte* Pointer { get; }

    public void Dispose() => NativeMemory.Free(Pointer);

    internal ulong Checksum(nuint length)
    {
        XxHash3 hash = new();
        for (nuint done = 0; done < length; done += Piece)
            hash.Append(PieceAt(done, length));
        return hash.GetCurrentHashAsUInt64();
    }

    internal void WriteTo(Stream stream, nuint length)
    {
        for (nuint done = 0; done < length; done += Piece)
            stream.Write(PieceAt(done, length));
    }

    /// <summary>Fills the buffer; false if the stream ends before.</summary>
    internal bool ReadFrom(Stream stream)
    {
        for (nuint done = 0; done < _length; done += Piece)
        {
            Span<byte> piece = PieceAt(done, _length);
            if (stream.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false) < piece.Length)
                return false;
        }
        return true;
    }

    private Span<byte> PieceAt(nuint start, nuint length) => new(Pointer + start, (int)Math.Min(Piece, length - start));
}
