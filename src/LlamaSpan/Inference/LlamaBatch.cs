using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// Tokens of one or many sequences to decode together, in native memory that is allocated once. Not thread-safe; use it again after
/// <see cref="Clear"/>.
/// </summary>
public sealed unsafe class LlamaBatch : IDisposable
{
    private readonly Handle _handle;
    private readonly int[] _lastPosition;      // of each sequence within this batch, -1 where it has none

    /// <summary>Allocates room.</summary>
    /// <param name="capacity">Most tokens, at least 1; a context decodes at most its <see cref="LlamaContext.BatchSize"/> at once.</param>
    /// <param name="sequencesPerToken">Most sequences that share one token, 1 to 256.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside these limits.</exception>
    public LlamaBatch(int capacity, int sequencesPerToken = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequencesPerToken);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequencesPerToken, LlamaContext.SequenceLimit);
        (Capacity, SequencesPerToken) = (capacity, sequencesPerToken);
        _lastPosition = new int[LlamaContext.SequenceLimit];
        Array.Fill(_lastPosition, -1);
        _handle = new Handle(capacity, sequencesPerToken);
    }

    /// <summary>Most tokens.</summary>
    public int Capacity { get; }

    /// <summary>Most sequences that share one token.</summary>
    public int SequencesPerToken { get; }

    /// <summary>Tokens added so far.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens added so far whose outputs were asked for.</summary>
    public int OutputCount { get; private set; }

    /// <summary>The highest sequence id added so far, -1 if none.</summary>
    internal int HighestSequence { get; private set; } = -1;

    /// <summary>True if a token added so far belongs to several sequences.</summary>
    internal bool HasSharedTokens { get; private set; }

    /// <summary>The tokens added so far; valid until the batch is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public ReadOnlySpan<LlamaToken> Tokens
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsDisposed, this);
            return new(_handle.Batch.token, Count);
        }
    }

    /// <summary>Adds a token of one sequence.</summary>
    /// <param name="token">The token.</param>
    /// <param name="position">Its position; within a batch those of a sequence ascend by one.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="output">True to compute logits (or an embedding) for it.</param>
    /// <returns>Its index in the batch, for <see cref="LlamaContext.Logits(int)"/>.</returns>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Token, position or sequence is negative or too large.</exception>
    /// <exception cref="ArgumentException">The position does not follow the sequence's last one in this batch.</exception>
    public int Add(LlamaToken token, int position, Sequence sequence, bool output = false) =>
        Add(token, position, new ReadOnlySpan<Sequence>(in sequence), output);

    /// <summary>Adds a token that several sequences share.</summary>
    /// <param name="token">The token.</param>
    /// <param name="position">Its position, the same in each sequence.</param>
    /// <param name="sequences">Its sequences, 1 to <see cref="SequencesPerToken"/> different ones.</param>
    /// <param name="output">True to compute logits (or an embedding) for it.</param>
    /// <returns>Its index in the batch, for <see cref="LlamaContext.Logits(int)"/>.</returns>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Token, position or sequence is negative or too large.</exception>
    /// <exception cref="ArgumentException">No sequence, too many, one twice, or a position that does not follow.</exception>
    public int Add(LlamaToken token, int position, ReadOnlySpan<Sequence> sequences, bool output = false)
    {
        ObjectDisposedException.ThrowIf(_handle.IsDisposed, this);
        if (Count == Capacity)
            throw new InvalidOperationException($"The batch is full: its capacity is {Capacity} tokens.");
        ArgumentOutOfRangeException.ThrowIfNegative(token.Id, nameof(token));
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, LlamaContext.HighestPosition);
        if (sequences.IsEmpty || sequences.Length > SequencesPerToken)
            throw new ArgumentException($"{sequences.Length} sequences; a token of this batch has 1 to {SequencesPerToken}.", nameof(sequences));
        CheckSequences(sequences, position);

        llama_batch batch = _handle.Batch;
        int index = Count++;
        batch.token[index] = token.Id;
        batch.pos[index] = position;
        batch.n_seq_id[index] = sequences.Length;
        HasSharedTokens |= sequences.Length > 1;
        for (int i = 0; i < sequences.Length; i++)
        {
            int id = sequences[i].Id;
            batch.seq_id[index][i] = id;
            _lastPosition[id] = position;
            HighestSequence = Math.Max(HighestSequence, id);
        }
        batch.logits[index] = output ? (sbyte)1 : (sbyte)0;
        OutputCount += output ? 1 : 0;
        return index;
    }

    /// <summary>Adds a run of tokens of one sequence; only the last one's outputs are asked for, if any.</summary>
    /// <param name="tokens">The tokens; copied.</param>
    /// <param name="position">Position of the first.</param>
    /// <param name="sequence">Their sequence.</param>
    /// <param name="outputLast">True to compute logits for the last one.</param>
    /// <returns>The index of the last token, or -1 if there is none.</returns>
    /// <exception cref="InvalidOperationException">They do not fit; nothing was added.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Token, position or sequence is negative or too large.</exception>
    /// <exception cref="ArgumentException">The position does not follow the sequence's last one in this batch.</exception>
    public int AddRange(ReadOnlySpan<LlamaToken> tokens, int position, Sequence sequence, bool outputLast = false)
    {
        if (tokens.Length > Capacity - Count)
            throw new InvalidOperationException($"{tokens.Length} tokens do not fit: {Count} of {Capacity} are taken.");
        int last = -1;
        for (int i = 0; i < tokens.Length; i++)
            last = Add(tokens[i], position + i, sequence, outputLast && i == tokens.Length - 1);
        return last;
    }

    /// <summary>Takes all tokens out; the memory stays.</summary>
    public void Clear()
    {
        if (HighestSequence >= 0)
            _lastPosition.AsSpan(0, HighestSequence + 1).Fill(-1);
        (Count, OutputCount, HighestSequence, HasSharedTokens) = (0, 0, -1, false);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>The native batch, kept alive by the caller's lease on <see cref="Owner"/>.</summary>
    internal llama_batch Native
    {
        get
        {
            llama_batch batch = _handle.Batch;
            batch.n_tokens = Count;
            return batch;
        }
    }

    internal NativeHandle Owner => _handle;

    /// <summary>First position of a sequence in this batch, or -1.</summary>
    internal int FirstPosition(int sequence)
    {
        llama_batch batch = _handle.Batch;
        for (int i = 0; i < Count; i++)
            if (new ReadOnlySpan<int>(batch.seq_id[i], batch.n_seq_id[i]).Contains(sequence))
                return batch.pos[i];
        return -1;
    }

    private void CheckSequences(ReadOnlySpan<Sequence> sequences, int position)
    {
        for (int i = 0; i < sequences.Length; i++)
        {
            int id = sequences[i].Id;
            if ((uint)id >= LlamaContext.SequenceLimit)
                throw new ArgumentOutOfRangeException(nameof(sequences), id, $"Sequence {id} is outside 0..{LlamaContext.SequenceLimit - 1}.");
            if (sequences[..i].Contains(sequences[i]))
                throw new ArgumentException($"Sequence {id} is given twice for one token.", nameof(sequences));
            int last = _lastPosition[id];
            if (last >= 0 && position != last + 1)
                throw new ArgumentException($"Position {position} of sequence {id} does not follow {last}, its last one in this batch.", nameof(position));
        }
    }

    private sealed class Handle : NativeHandle
    {
        internal Handle(int capacity, int sequencesPerToken)
            : base(null)
        {
            NativeRuntime.Initialize();
            Batch = NativeMethods.llama_batch_init(capacity, 0, sequencesPerToken);
            SetHandle((nint)Batch.token);
        }

        internal llama_batch Batch { get; }

        protected override void Free(nint pointer) => NativeMethods.llama_batch_free(Batch);
    }
}
