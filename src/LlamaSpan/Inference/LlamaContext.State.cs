using System.IO.Hashing;
using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

public sealed unsafe partial class LlamaContext
{
    private bool _shiftPending, _copyPending;

    /// <summary>Bytes that <see cref="SaveState(Sequence, Span{byte})"/> needs now.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    public long StateSize(Sequence sequence)
    {
        CheckSequence(sequence);
        using Operation operation = Begin();
        return StateHeader.Size + (long)NativeGuard.StateSize(operation.Context, sequence.Id);
    }

    /// <summary>Bytes that <see cref="SaveState(Stream)"/> writes now.</summary>
    public long StateSize()
    {
        using Operation operation = Begin();
        return StateHeader.Size + (long)NativeGuard.StateSize(operation.Context, AllSequences);
    }

    /// <summary>Copies a sequence's cached cells, with a header that says which model and cache they fit.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="destination">At least <see cref="StateSize(Sequence)"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="StateException">Positions were moved and not decoded since: keys and positions do not match yet.</exception>
    public int SaveState(Sequence sequence, Span<byte> destination)
    {
        CheckSequence(sequence);
        using Operation operation = Begin();
        CheckSettled();
        nuint length = NativeGuard.StateSize(operation.Context, sequence.Id);
        if (StateHeader.Size + (long)length > destination.Length)
            throw new ArgumentException($"The state of {sequence} takes {StateHeader.Size + (long)length} bytes; the destination has {destination.Length}.", nameof(destination));
        fixed (byte* first = destination)
            length = Save(operation.Context, sequence.Id, first + StateHeader.Size, length);
        StateHeader.Write(destination, StateKind.Sequence, Key(), destination.Slice(StateHeader.Size, (int)length));
        return StateHeader.Size + (int)length;
    }

    /// <summary>Writes a sequence's state to a stream, as <see cref="SaveState(Sequence, Span{byte})"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    /// <exception cref="StateException">Positions were moved and not decoded since.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void SaveState(Sequence sequence, Stream destination)
    {
        CheckSequence(sequence);
        Save(sequence.Id, destination);
    }

    /// <summary>Writes a sequence's state to a file, atomically: a reader sees the old file or the whole new one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    /// <exception cref="StateException">Positions were moved and not decoded since.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveState(Sequence sequence, string path)
    {
        CheckSequence(sequence);
        SaveFile(sequence.Id, path);
    }

    /// <summary>Writes the state of all sequences to a stream.</summary>
    /// <exception cref="StateException">Positions were moved and not decoded since.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void SaveState(Stream destination) => Save(AllSequences, destination);

    /// <summary>Writes the state of all sequences to a file, atomically.</summary>
    /// <exception cref="StateException">Positions were moved and not decoded since.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveState(string path) => SaveFile(AllSequences, path);

    /// <summary>Replaces a sequence by a saved one. Logits are not part of a state: decode a token to get some.</summary>
    /// <param name="sequence">The sequence to replace; not necessarily the one that was saved.</param>
    /// <param name="source">What <see cref="SaveState(Sequence, Span{byte})"/> wrote.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    /// <exception cref="StateException">
    /// It is damaged, of another model, adapter or kind of cache, or does not fit; in the last case the sequence is empty, else unchanged.
    /// </exception>
    public void LoadState(Sequence sequence, ReadOnlySpan<byte> source)
    {
        CheckSequence(sequence);
        Load(sequence.Id, source);
    }

    /// <summary>Replaces a sequence by one saved to a stream, as <see cref="LoadState(Sequence, ReadOnlySpan{byte})"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    /// <exception cref="StateException">It is damaged, of another model, adapter or kind of cache, or does not fit; in the last case the sequence is empty, else unchanged.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public void LoadState(Sequence sequence, Stream source)
    {
        CheckSequence(sequence);
        Load(sequence.Id, source);
    }

    /// <summary>Replaces a sequence by one saved to a file, as <see cref="LoadState(Sequence, ReadOnlySpan{byte})"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    /// <exception cref="StateException">It is damaged, of another model, adapter or kind of cache, or does not fit; in the last case the sequence is empty, else unchanged.</exception>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public void LoadState(Sequence sequence, string path)
    {
        CheckSequence(sequence);
        using FileStream stream = File.OpenRead(path);
        Load(sequence.Id, stream);
    }

    /// <summary>Replaces all sequences by those saved to a stream.</summary>
    /// <exception cref="StateException">It is damaged, of another model, adapter or kind of cache, or does not fit; in the last case all sequences are empty, else unchanged.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public void LoadState(Stream source) => Load(AllSequences, source);

    /// <summary>Replaces all sequences by those saved to a file.</summary>
    /// <exception cref="StateException">It is damaged, of another model, adapter or kind of cache, or does not fit; in the last case all sequences are empty, else unchanged.</exception>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public void LoadState(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Load(AllSequences, stream);
    }

    private const int AllSequences = -1;

    internal void MarkShifted() => _shiftPending = true;

    internal void MarkCopied() => _copyPending = true;

    /// <summary>True while the next decode has cells to rotate, or buffers to copy.</summary>
    internal bool HasPendingMoves => _shiftPending || _copyPending;

    private void CheckSettled()
    {
        if (_shiftPending)
            throw new StateException("Positions were moved and nothing was decoded since, so cached keys do not match their positions yet: decode a token first.");
        CheckCopied();
    }

    /// <summary>Between buffers llama.cpp copies with the next decode, whatever stands there then.</summary>
    private void CheckCopied()
    {
        if (_copyPending)
            throw new StateException("A sequence was copied to another buffer and nothing was decoded since, so its cells are not there yet: decode a token first.");
    }

    private void Save(int sequence, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using Operation operation = Begin(nameof(SaveState));
        CheckSettled();
        nuint length = NativeGuard.StateSize(operation.Context, sequence);
        using NativeBuffer buffer = new(length);
        length = Save(operation.Context, sequence, buffer.Pointer, length);
        Span<byte> header = stackalloc byte[StateHeader.Size];
        StateHeader.Write(header, sequence == AllSequences ? StateKind.Context : StateKind.Sequence, Key(), length, buffer.Checksum(length));
        destination.Write(header);
        buffer.WriteTo(destination, length);
    }

    private static nuint Save(llama_context* context, int sequence, byte* destination, nuint length)
    {
        long mark = NativeLog.Mark();
        nuint written = NativeGuard.GetState(context, destination, length, sequence);
        return written > 0 ? written : throw new StateException("llama.cpp could not save the state.", NativeLog.Since(mark));
    }

    private void SaveFile(int sequence, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Save(sequence, stream));
    }

    private void Load(int sequence, Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Span<byte> head = stackalloc byte[StateHeader.Size];
        if (source.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
            throw new StateException($"A state has a header of {StateHeader.Size} bytes; the stream ended before.");
        StateHeader header = StateHeader.Read(head, sequence == AllSequences ? StateKind.Context : StateKind.Sequence, Key());
        if (source.CanSeek && header.Length > (ulong)(source.Length - source.Position))
            throw new StateException($"The header announces {header.Length} bytes; {source.Length - source.Position} follow.");
        using NativeBuffer buffer = Allocate(header.Length);
        if (!buffer.ReadFrom(source))
            throw new StateException($"The header announces {header.Length} bytes; the stream ended before.");
        header.Check(buffer.Checksum((nuint)header.Length));
        Load(sequence, buffer.Pointer, (nuint)header.Length);
    }

    private static NativeBuffer Allocate(ulong length)
    {
        try
        {
            return new NativeBuffer((nuint)length);
        }
        catch (OutOfMemoryException)
        {
            throw new StateException($"The header announces {length} bytes, which is more memory than there is.");
        }
    }

    private void Load(int sequence, ReadOnlySpan<byte> source)
    {
        CheckState(source, Key());
        LoadChecked(sequence, source);
    }

    /// <summary>Checks a sequence's state; on any thread.</summary>
    /// <exception cref="StateException">It is damaged, or of another key.</exception>
    internal static void CheckState(ReadOnlySpan<byte> source, UInt128 key)
    {
        StateHeader header = StateHeader.Read(source, StateKind.Sequence, key);
        ReadOnlySpan<byte> payload = source[StateHeader.Size..];
        if (header.Length != (ulong)payload.Length)
            throw new StateException($"The header announces {header.Length} bytes; {payload.Length} follow.");
        header.Check(XxHash3.HashToUInt64(payload));
    }

    /// <summary>As <see cref="LoadState(Sequence, ReadOnlySpan{byte})"/>, for a state that was checked, or never left this process.</summary>
    internal void LoadCheckedState(Sequence sequence, ReadOnlySpan<byte> source)
    {
        CheckSequence(sequence);
        LoadChecked(sequence.Id, source);
    }

    private void LoadChecked(int sequence, ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<byte> payload = source[StateHeader.Size..];
        fixed (byte* first = payload)
            Load(sequence, first, (nuint)payload.Length);
    }

    private void Load(int sequence, byte* source, nuint length)
    {
        using Operation operation = Begin(nameof(LoadState));
        CheckCopied();
        long mark = NativeLog.Mark();
        Empty(operation.Context, sequence);      // llama.cpp leaves what was there, or a part of it, where the state is an empty sequence's
        if (NativeGuard.SetState(operation.Context, source, length, sequence) > 0)
            return;
        Empty(operation.Context, sequence);
        throw new StateException("The saved state does not fit this context.", NativeLog.Since(mark));
    }

    private static void Empty(llama_context* context, int sequence)
    {
        if (sequence == AllSequences)
            NativeGuard.Clear(context);
        else
            NativeGuard.Remove(context, sequence, -1, -1);
    }

    /// <summary>What a state depends on beside its own content: the model's weights, adapters, rotation, cache formats.</summary>
    internal UInt128 Key()
    {
        XxHash128 hash = new();
        Append(hash, Model.Fingerprint);
        foreach (ScaledAdapter adapter in _adapters)
        {
            Append(hash, adapter.Adapter.Fingerprint);
            Append(hash, adapter.Scale);
        }
        Append(hash, _steering);
        foreach (int format in (ReadOnlySpan<int>)[(int)Options.KeyType, (int)Options.ValueType, _causal ? 1 : 0])
            Append(hash, format);
        foreach (float rotation in (ReadOnlySpan<float>)[
            (float)Options.RopeScaling, Options.RopeFrequencyBase, Options.RopeFrequencyScale, Options.YarnExtrapolation, Options.YarnAttention,
            Options.YarnBetaFast, Options.YarnBetaSlow, Options.YarnOriginalContext])
            Append(hash, rotation);
        if (!Options.UnifiedCache && MaxSequences > 1)
            Append(hash, MaxSequences);      // a state says how many buffers its context had
        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>Not for tuples: they may be padded, and what stands there is not defined.</summary>
    private static void Append<T>(XxHash128 hash, T value)
        where T : unmanaged => hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
