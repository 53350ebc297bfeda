using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LlamaSpan;

/// <summary>The strings of a metadata array, read where they lie; enumerating them allocates nothing.</summary>
public readonly struct GgufStringArray
{
    private readonly ReadOnlyMemory<byte> _bytes;   // each string: 8 bytes of length, then its bytes; checked when the header was read

    internal GgufStringArray(ReadOnlyMemory<byte> bytes, int count) => (_bytes, Count) = (bytes, count);

    /// <summary>Number of strings.</summary>
    public int Count { get; }

    /// <summary>Goes through the strings as UTF-8 spans, valid as long as the file object is reachable.</summary>
    public Enumerator GetEnumerator() => new(_bytes.Span);

    /// <summary>Walks the strings from first to last.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> bytes) => _rest = bytes;

        /// <summary>The string's bytes.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>Moves to the next string; false at the end.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty)
                return false;
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(_rest);
            Current = _rest.Slice(sizeof(ulong), length);
            _rest = _rest[(sizeof(ulong) + length)..];
            return true;
        }

        /// <summary>
        /// Index in <see cref="Current"/> of a byte's first place from a start on; -1 if there is none. Strings here are mostly shorter than a
        /// vector: then one comparison tells, which may read on into the strings behind.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal readonly int IndexOf(byte value, int start = 0)
        {
            int length = Current.Length - start;
            if ((uint)(length - 1) < (uint)Vector128<byte>.Count && length + _rest.Length >= Vector128<byte>.Count)
            {
                Vector128<byte> bytes = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Current), (nuint)start);
                int index = BitOperations.TrailingZeroCount(Vector128.Equals(bytes, Vector128.Create(value)).ExtractMostSignificantBits());
                return index < length ? start + index : -1;
            }
            int found = length > 0 ? Current[start..].IndexOf(value) : -1;
            return found < 0 ? -1 : start + found;
        }
    }
}
