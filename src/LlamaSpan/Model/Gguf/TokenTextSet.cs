using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace LlamaSpan;

/// <summary>
/// The texts of a vocabulary as llama.cpp stores them: cut at the first NUL, an empty one named by its index. Finds the first text that
/// is there twice (llama.cpp asserts on it) without making strings.
/// </summary>
internal sealed class TokenTextSet
{
    private readonly ReadOnlyMemory<byte> _blob;    // the file's string array, lengths and all
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly ulong[] _slots;        // open addressing; hash above, index + 1 below, 0 where free
    private readonly Dictionary<int, byte[]> _named = [];

    public TokenTextSet(GgufValue tokens)
    {
        _blob = tokens.Memory;
        int count = tokens.Count;
        (_starts, _lengths) = (new int[count], new int[count]);
        _slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * count))];
        FirstDuplicate = -1;
        Fill();
    }

    /// <summary>Index of a text that stood at a smaller index already; -1 if all differ.</summary>
    public int FirstDuplicate { get; private set; }

    /// <summary>Longest text in bytes.</summary>
    public int LongestBytes { get; private set; }

    /// <summary>Sum of the squares of the lengths in bytes.</summary>
    public long SquaredBytes { get; private set; }

    public ReadOnlySpan<byte> this[int index] =>
        _lengths[index] > 0 ? _blob.Span.Slice(_starts[index], _lengths[index]) : _named[index];

    /// <summary>Index of a text; -1 if there is none.</summary>
    public int IndexOf(ReadOnlySpan<byte> text)
    {
        uint hash = Hash(text);
        for (uint slot = hash & Mask; _slots[slot] != 0; slot = (slot + 1) & Mask)
        {
            int index = (int)(uint)_slots[slot] - 1;
            if (_slots[slot] >> 32 == hash && this[index].SequenceEqual(text))
                return index;
        }
        return -1;
    }

    private uint Mask => (uint)_slots.Length - 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]     // run once a load, over every token
    private void Fill()
    {
        ReadOnlySpan<byte> blob = _blob.Span;
        int position = 0;
        for (int i = 0; i < _starts.Length; i++)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(blob[position..]);
            position += sizeof(ulong);
            ReadOnlySpan<byte> text = blob.Slice(position, length);
            int nul = text.IndexOf((byte)0);
            (_starts[i], _lengths[i]) = (position, nul < 0 ? length : nul);
            position += length;
            if (_lengths[i] == 0)
                text = _named[i] = Encoding.ASCII.GetBytes($"[EMPTY_{i}]");
            else
                text = text[.._lengths[i]];
            LongestBytes = Math.Max(LongestBytes, _lengths[i]);
            SquaredBytes += (long)_lengths[i] * _lengths[i];
            Add(i, text);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(int index, ReadOnlySpan<byte> text)
    {
        ulong[] slots = _slots;
        uint hash = Hash(text);
        uint slot = hash & Mask;
        for (; slots[slot] != 0; slot = (slot + 1) & Mask)
            if (slots[slot] >> 32 == hash && FirstDuplicate < 0 && this[(int)(uint)slots[slot] - 1].SequenceEqual(text))
                FirstDuplicate = index;
        slots[slot] = ((ulong)hash << 32) | (uint)(index + 1);
    }

    // the runtime's randomized hash of the bytes taken two at a time, so that a file cannot be built to make all collide
    private static uint Hash(ReadOnlySpan<byte> text)
    {
        uint even = (uint)string.GetHashCode(MemoryMarshal.Cast<byte, char>(text));
        return (text.Length & 1) == 0 ? even : (even ^ text[^1]) * 0x9E3779B1;
    }
}
