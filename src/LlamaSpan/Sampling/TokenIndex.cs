using System.Numerics;
using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>
/// A set of tokens with dense places 0 to <see cref="Count"/> - 1, so that callers keep values beside them in arrays. Open addressing;
/// memory grows with the number of tokens, never with the vocabulary, and is kept for reuse.
/// </summary>
internal sealed class TokenIndex
{
    private int[] _slots = new int[256];     // 1 + place, or 0 where empty; a power of two, at most a quarter full
    private int[] _tokens = new int[64];

    /// <summary>How many tokens are in the set.</summary>
    public int Count { get; private set; }

    /// <summary>How many places the arrays beside this one need.</summary>
    public int Capacity => _tokens.Length;

    /// <summary>The tokens by place.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>A token's place, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(int token) => _slots[SlotOf(token)] - 1;

    /// <summary>A token's place, adding it at the end if it is new.</summary>
    public int FindOrAdd(int token, out bool added)
    {
        int slot = SlotOf(token);
        added = _slots[slot] == 0;
        if (!added)
            return _slots[slot] - 1;
        if (Count == _tokens.Length)
        {
            Reserve(2 * Count);
            slot = SlotOf(token);
        }
        _tokens[Count] = token;
        _slots[slot] = ++Count;
        return Count - 1;
    }

    /// <summary>Removes the token at a place; the last one moves there.</summary>
    public void RemoveAt(int place)
    {
        EmptySlot(SlotOf(_tokens[place]));
        int last = --Count;
        if (place == last)
            return;
        _slots[SlotOf(_tokens[last])] = place + 1;
        _tokens[place] = _tokens[last];
    }

    /// <summary>Removes every token.</summary>
    public void Clear()
    {
        if (8 * Count > _slots.Length)
        {
            Array.Clear(_slots);
            Count = 0;
        }
        while (Count > 0)
            RemoveAt(Count - 1);
    }

    /// <summary>Makes room for so many tokens.</summary>
    public void Reserve(int tokens)
    {
        if (tokens <= _tokens.Length)
            return;
        Array.Resize(ref _tokens, (int)BitOperations.RoundUpToPowerOf2((uint)tokens));
        _slots = new int[4 * _tokens.Length];
        for (int place = 0; place < Count; place++)
            _slots[SlotOf(_tokens[place])] = place + 1;
    }

    /// <summary>Makes this a copy of another.</summary>
    public void CopyFrom(TokenIndex other)
    {
        (_slots, _tokens, Count) = ([.. other._slots], [.. other._tokens], other.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Home(int token) => (int)((uint)token * 0x9E3779B9u >> BitOperations.LeadingZeroCount((uint)_slots.Length - 1));

    /// <summary>The slot that holds the token, or the empty one where it belongs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SlotOf(int token)
    {
        int[] slots = _slots;
        int slot = Home(token);
        while (slots[slot] != 0 && _tokens[slots[slot] - 1] != token)
            slot = slot + 1 & slots.Length - 1;
        return slot;
    }

    /// <summary>Empties a slot and moves what follows in its run, so that every token is still reached from its home.</summary>
    private void EmptySlot(int hole)
    {
        int last = _slots.Length - 1;
        for (int next = hole + 1 & last; _slots[next] != 0; next = next + 1 & last)
        {
            int home = Home(_tokens[_slots[next] - 1]);
            if ((next - home & last) < (next - hole & last))
                continue;
            _slots[hole] = _slots[next];
            hole = next;
        }
        _slots[hole] = 0;
    }
}
