using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace LlamaSpan;

/// <summary>
/// The texts of a vocabulary as llama.cpp stores them: cut at the first NUL, an empty one named by its index. Finds the first text that
/// is there twice (llama.cpp asserts on it) without making strings. In memory of the shared pool, since every load needs as much again.
/// </summary>
internal sealed class TokenTextSet : IDisposable
{
    // secret, so that a file cannot be built to make all texts collide; System.Security.Cryptography would load OpenSSL for them
    private static readonly ulong s_seed = Secret();
    private static readonly ulong s_factor = Secret() | 1;

    private readonly ReadOnlyMemory<byte> _blob;    // the file's string array, lengths and all
    private readonly int _count;
    private readonly int[] _places;         // of each text its start and its length
    private readonly ulong[] _slots;        // open addressing; upper half of the hash above, index + 1 below, 0 where free
    private readonly uint _mask;
    private readonly Dictionary<int, byte[]> _named = [];

    public TokenTextSet(GgufValue tokens)
    {
        (_blob, _count) = (tokens.Memory, tokens.Count);
        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * _count));
        _places = ArrayPool<int>.Shared.Rent(2 * _count);
        (_slots, _mask) = (ArrayPool<ulong>.Shared.Rent(slots), (uint)slots - 1);
        _slots.AsSpan(0, slots).Clear();
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
        _places[(2 * index) + 1] is > 0 and int length ? _blob.Span.Slice(_places[2 * index], length) : _named[index];

    /// <summary>Index of a text; -1 if there is none.</summary>
    public int IndexOf(ReadOnlySpan<byte> text)
    {
        ulong hash = Hash(text);
        for (uint slot = (uint)hash & _mask; _slots[slot] != 0; slot = (slot + 1) & _mask)
        {
            int index = (int)(uint)_slots[slot] - 1;
            if (_slots[slot] >> 32 == hash >> 32 && this[index].SequenceEqual(text))
                return index;
        }
        return -1;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_places);
        ArrayPool<ulong>.Shared.Return(_slots);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]     // run once a load, over every token
    private void Fill()
    {
        int position = 0, longest = 0;
        long squared = 0;
        GgufStringArray.Enumerator strings = new GgufStringArray(_blob, _count).GetEnumerator();
        for (int i = 0; strings.MoveNext(); i++)
        {
            ReadOnlySpan<byte> text = strings.Current;
            position += sizeof(ulong);
            _places[2 * i] = position;
            position += text.Length;
            int nul = strings.IndexOf(0);
            if (nul >= 0)
                text = text[..nul];
            _places[(2 * i) + 1] = text.Length;
            longest = Math.Max(longest, text.Length);
            squared += (long)text.Length * text.Length;
            if (text.IsEmpty)
                text = _named[i] = Encoding.ASCII.GetBytes($"[EMPTY_{i}]");
            Add(i, text);
        }
        (LongestBytes, SquaredBytes) = (longest, squared);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(int index, ReadOnlySpan<byte> text)
    {
        ulong[] slots = _slots;
        ulong hash = Hash(text);
        uint slot = (uint)hash & _mask;
        for (; slots[slot] != 0; slot = (slot + 1) & _mask)
            if (slots[slot] >> 32 == hash >> 32 && FirstDuplicate < 0 && this[(int)(uint)slots[slot] - 1].SequenceEqual(text))
                FirstDuplicate = index;
        slots[slot] = (hash & 0xFFFFFFFF00000000) | (uint)(index + 1);
    }

    private static ulong Secret()
    {
        ReadOnlySpan<ulong> halves = MemoryMarshal.Cast<Guid, ulong>([Guid.NewGuid(), Guid.NewGuid()]);
        return halves[0] ^ BitOperations.RotateLeft(halves[2], 32);      // a few bits of each half are not random
    }

    /// <summary>Eight bytes at a time, multiplied and folded as in wyhash; the last ones overlap those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = s_seed ^ (uint)text.Length;
        if (text.Length < sizeof(ulong))
            return Fold(hash ^ Short(text));
        ReadOnlySpan<byte> rest = text;
        for (; rest.Length > sizeof(ulong); rest = rest[sizeof(ulong)..])
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest));
        return Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]));
    }

    private static ulong Short(ReadOnlySpan<byte> text) => text.Length switch
    {
        0 => 0,
        < sizeof(uint) => text[0] | ((ulong)text[text.Length >> 1] << 8) | ((ulong)text[^1] << 16),
        _ => BinaryPrimitives.ReadUInt32LittleEndian(text) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(text[^sizeof(uint)..]) << 32),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong value)
    {
        ulong high = Math.BigMul(value, s_factor, out ulong low);
        return high ^ low;
    }
}
