using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// The cells that a context keeps for tokens already decoded. Positions are counted in tokens from 0; a range is half-open,
/// [<c>start</c>, <c>end</c>). What llama.cpp would abort on, or would get silently wrong, is refused here.
/// </summary>
/// <remarks>Belongs to its context: the same thread rules, closed with it.</remarks>
public sealed unsafe class KvCache
{
    private readonly LlamaContext _context;
    private readonly CacheTraits _traits;

    internal KvCache(LlamaContext context, CacheTraits traits) => (_context, _traits) = (context, traits);

    /// <summary>Tokens the cache holds, over all sequences.</summary>
    public int Capacity => _context.Size;

    /// <summary>True if positions can be moved (<see cref="Shift"/>).</summary>
    public bool CanShift
    {
        get
        {
            using LlamaContext.Operation operation = _context.Begin();
            return WhyNotShift(Memory(operation)) is null;
        }
    }

    /// <summary>The lowest position of a sequence that is still cached, or -1 if it is empty; above 0 where a sliding window forgot some.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    public int FirstPosition(Sequence sequence)
    {
        _context.CheckSequence(sequence);
        using LlamaContext.Operation operation = _context.Begin();
        llama_memory_i* memory = Memory(operation);
        return memory is null ? -1 : NativeMethods.llama_memory_seq_pos_min(memory, sequence.Id);
    }

    /// <summary>The highest position of a sequence, or -1 if it is empty. The next token goes to the position behind it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    public int LastPosition(Sequence sequence)
    {
        _context.CheckSequence(sequence);
        using LlamaContext.Operation operation = _context.Begin();
        llama_memory_i* memory = Memory(operation);
        return memory is null ? -1 : NativeMethods.llama_memory_seq_pos_max(memory, sequence.Id);
    }

    /// <summary>Empties all sequences.</summary>
    public void Clear()
    {
        using LlamaContext.Operation operation = _context.Begin();
        if (Memory(operation) is not null)
            Require(NativeGuard.Clear(operation.Context));
    }

    /// <summary>Empties one sequence.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    public void Remove(Sequence sequence) => Remove(sequence, 0);

    /// <summary>Removes a range of a sequence; with the default end, rolls it back to <paramref name="start"/> tokens.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="start">First position to remove.</param>
    /// <param name="end">First position to keep behind it; by default none.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence, or <paramref name="start"/> is negative or above <paramref name="end"/>.</exception>
    /// <exception cref="CacheException">
    /// The model cannot forget just this range: its recurrent state cannot be taken back so far, or its sliding window no longer
    /// has the tokens before <paramref name="start"/>. Nothing was changed; remove the whole sequence instead.
    /// </exception>
    public void Remove(Sequence sequence, int start, int end = int.MaxValue)
    {
        _context.CheckSequence(sequence);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        using LlamaContext.Operation operation = _context.Begin();
        llama_memory_i* memory = Memory(operation);
        if (memory is null || start == end)
            return;
        CheckWindow(memory, sequence, start);
        if (!NativeGuard.Remove(operation.Context, sequence.Id, start, end == int.MaxValue ? -1 : end))
            throw new CacheException($"{sequence} cannot forget positions {start} to {Name(end)}: the model's recurrent state cannot be taken back there.");
    }

    /// <summary>Makes another sequence share a range of this one's cells; a copy of metadata in a unified cache.</summary>
    /// <param name="source">Where the cells are.</param>
    /// <param name="destination">Which sequence shall have them too; with one buffer a sequence, it is replaced.</param>
    /// <param name="start">First position.</param>
    /// <param name="end">First position behind the range; by default all.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence, or a negative or empty range.</exception>
    /// <exception cref="CacheException">Part of a sequence in a cache with one buffer a sequence, or of a recurrent state.</exception>
    public void Copy(Sequence source, Sequence destination, int start = 0, int end = int.MaxValue)
    {
        _context.CheckSequence(source);
        _context.CheckSequence(destination);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        if (source == destination)
            return;
        using LlamaContext.Operation operation = _context.Begin();
        llama_memory_i* memory = Memory(operation);
        if (memory is null || start == end)
            return;
        int last = NativeMethods.llama_memory_seq_pos_max(memory, source.Id);
        if (last < start)
            return;
        bool whole = start == 0 && end > last;
        if (!whole && _traits.SeparateBuffers)
            throw new CacheException($"Part of {source} (positions {start} to {Name(end)}) cannot be copied: each sequence has its own buffer. " +
                "Use ContextOptions.UnifiedCache, or copy the whole sequence and remove the rest.");
        if (!whole && _traits.Recurrent)
            throw new CacheException($"Part of {source} cannot be copied: the model has a recurrent state, which has no parts.");
        CheckFree(memory, destination, start, Math.Min(end - 1, last));
        Require(NativeGuard.Copy(operation.Context, source.Id, destination.Id, whole ? -1 : start, whole || end == int.MaxValue ? -1 : end));
        if (_traits.SeparateBuffers)
            _context.MarkCopied();
    }

    /// <summary>Empties every sequence but one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    public void Keep(Sequence sequence)
    {
        _context.CheckSequence(sequence);
        using LlamaContext.Operation operation = _context.Begin();
        if (Memory(operation) is null)
            return;
        if (!_traits.SeparateBuffers)
        {
            Require(NativeGuard.Keep(operation.Context, sequence.Id));
            return;
        }
        for (int other = 0; other < _context.MaxSequences; other++)      // seq_keep looks only into the sequence's own buffer
            if (other != sequence.Id)
                Require(NativeGuard.Remove(operation.Context, other, -1, -1));
    }

    /// <summary>
    /// Moves a range of a sequence to other positions; keys are rotated at the next decode, once for all moves queued until then. A cell
    /// that several sequences share moves for all of them.
    /// </summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="start">First position.</param>
    /// <param name="end">First position behind the range.</param>
    /// <param name="offset">How far, in positions; negative towards 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence, or a position would leave 0..2^30.</exception>
    /// <remarks>Remove what stands at the destination first: llama.cpp does not tell which positions in the middle are taken.</remarks>
    /// <exception cref="CacheException">Not possible with this model: <see cref="CanShift"/> is false.</exception>
    public void Shift(Sequence sequence, int start, int end, int offset)
    {
        _context.CheckSequence(sequence);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        using LlamaContext.Operation operation = _context.Begin();
        llama_memory_i* memory = Memory(operation);
        if (WhyNotShift(memory) is string reason)
            throw new CacheException($"Positions cannot be moved: {reason}.");
        int first = NativeMethods.llama_memory_seq_pos_min(memory, sequence.Id);
        int last = NativeMethods.llama_memory_seq_pos_max(memory, sequence.Id);
        if (offset == 0 || last < 0 || start > last || end <= first)
            return;
        int low = Math.Max(start, first), high = Math.Min(end - 1, last);
        if ((long)low + offset < 0 || (long)high + offset > LlamaContext.HighestPosition)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Positions {low}..{high} moved by {offset} leave 0..{LlamaContext.HighestPosition}.");
        Require(NativeGuard.Shift(operation.Context, sequence.Id, start, end == int.MaxValue ? -1 : end, offset));
        _context.MarkShifted();
    }

    /// <summary>Why positions cannot be moved here, or null.</summary>
    private string? WhyNotShift(llama_memory_i* memory)
    {
        if (memory is null)
            return "the model keeps no cache";
        if (!NativeMethods.llama_memory_can_shift(memory))
            return "llama.cpp does not support it for this model and cache";
        if (_traits.BrainKeys)
            return "keys in BF16 cannot be moved; F16, F32 and quantized ones can";
        if (_traits.UnrotatedKeys)
            return "quantized keys can be moved only where a head has a multiple of 64 values";
        return _traits.ScaledRotation
            ? "the rotary embedding is scaled (YaRN or an attention factor), and moving some cells would rescale the others"
            : null;
    }

    /// <summary>Refuses a rollback to where a small sliding-window cache has already forgotten what the next token would look at.</summary>
    private void CheckWindow(llama_memory_i* memory, Sequence sequence, int start)
    {
        if (start <= NativeMethods.llama_memory_seq_pos_max(memory, sequence.Id) && !Remembers(memory, sequence.Id, start))
            throw new CacheException($"{sequence} cannot be rolled back to position {start}: its sliding window of {_traits.Window} needs the tokens from " +
                $"{WindowStart(start)}, and those before {NativeMethods.llama_memory_seq_pos_min(memory, sequence.Id)} are gone. " +
                "Use ContextOptions.FullSlidingWindowCache, or remove the whole sequence.");
    }

    /// <summary>Whether the cache still has what a token at a position looks at.</summary>
    internal bool Remembers(llama_memory_i* memory, int sequence, int position) =>
        _traits.Window == 0 || position == 0 || (uint)NativeMethods.llama_memory_seq_pos_min(memory, sequence) <= (uint)WindowStart(position);

    private int WindowStart(int position) => Math.Max(0, position - _traits.Window);

    /// <summary>Refuses to give a sequence a second cell at a position.</summary>
    private void CheckFree(llama_memory_i* memory, Sequence destination, int start, int last)
    {
        if (_traits.SeparateBuffers || _traits.Recurrent)      // there a copy replaces
            return;
        int low = NativeMethods.llama_memory_seq_pos_min(memory, destination.Id);
        int high = NativeMethods.llama_memory_seq_pos_max(memory, destination.Id);
        if (low >= 0 && low <= last && high >= start)
            throw new CacheException($"{destination} already has positions {low}..{high}, which the copied {start}..{last} would double; remove them first.");
    }

    private static string Name(int end) => end == int.MaxValue ? "the end" : (end - 1).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static void Require(bool done)
    {
        if (!done)
            throw new CacheException($"llama.cpp could not do it: {NativeGuard.LastError()}");
    }

    private static llama_memory_i* Memory(LlamaContext.Operation operation) => NativeMethods.llama_get_memory(operation.Context);
}
