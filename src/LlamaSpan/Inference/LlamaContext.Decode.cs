using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

public sealed unsafe partial class LlamaContext
{
    private readonly PrefillArrays _prefill;

    /// <summary>Called with the flag's address while computing; true stops.</summary>
    private static delegate* unmanaged[Cdecl]<void*, bool> AbortCallback => &IsAborted;

    /// <summary>
    /// Appends tokens to a sequence and computes the logits of the last one. The tokens are read in place, not copied; more than
    /// <see cref="BatchSize"/> are fed in pieces.
    /// </summary>
    /// <param name="sequence">The sequence; its next position is one behind <see cref="KvCache.LastPosition"/>.</param>
    /// <param name="tokens">At least one token; those the sequence has and these together at most <see cref="SequenceSize"/>.</param>
    /// <param name="cancellationToken">Stops within a micro-batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence, or a token outside the vocabulary.</exception>
    /// <exception cref="ArgumentException">No token, or more than fit.</exception>
    /// <exception cref="DecodeException">
    /// It failed. The sequence is as it was before, or empty where it cannot be taken back to that: recurrent state, or a
    /// sliding window that has moved on where the cache keeps no more than the window.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the sequence as for <see cref="DecodeException"/>.</exception>
    [SkipLocalsInit]
    public void Prefill(Sequence sequence, ReadOnlySpan<LlamaToken> tokens, CancellationToken cancellationToken = default)
    {
        CheckSequence(sequence);
        CheckTokens(tokens, nameof(tokens));
        using Operation operation = Begin();
        llama_memory_i* memory = NativeMethods.llama_get_memory(operation.Context);
        int start = memory is null ? 0 : NativeMethods.llama_memory_seq_pos_max(memory, sequence.Id) + 1;
        CheckRoom(tokens.Length, start, sequence);
        cancellationToken.ThrowIfCancellationRequested();

        using Cancellation cancellation = new(this, operation.Context, cancellationToken);
        fixed (LlamaToken* first = tokens)
        {
            for (int done = 0; done < tokens.Length;)
            {
                int count = Math.Min(tokens.Length - done, BatchSize);
                bool last = done + count == tokens.Length;
                int status = Run(operation.Context, _prefill.Batch(first + done, count, sequence, last, Options.Embeddings), out long mark);
                if (status != 0)
                {
                    (DecodeFailure, string) failure = Explain(status);
                    bool restored = TakeBack(operation.Context, memory, sequence.Id, start);
                    cancellationToken.ThrowIfCancellationRequested();
                    throw Failed(failure, $"{tokens.Length} tokens at position {start} of {sequence}", restored, mark);
                }
                done += count;
            }
        }
    }

    /// <summary>Decodes a batch: appends its tokens to their sequences and computes the outputs it asks for.</summary>
    /// <param name="batch">1 to <see cref="BatchSize"/> tokens.</param>
    /// <param name="cancellationToken">Stops within a micro-batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">A token outside the vocabulary, or no such sequence.</exception>
    /// <exception cref="ArgumentException">
    /// No token, more than <see cref="BatchSize"/>, or more than <see cref="MicroBatchSize"/> where attention is not causal.
    /// </exception>
    /// <exception cref="DecodeException">
    /// It failed. The sequences are as they were before, or empty where it cannot be taken back to that: recurrent state, or a
    /// sliding window that has moved on where the cache keeps no more than the window.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the sequences as for <see cref="DecodeException"/>.</exception>
    public void Decode(LlamaBatch batch, CancellationToken cancellationToken = default) => Compute(batch, encode: false, cancellationToken);

    /// <summary>Runs the encoder of an encoder-decoder model over a batch, for the decoder to attend to.</summary>
    /// <param name="batch">1 to <see cref="MicroBatchSize"/> tokens.</param>
    /// <param name="cancellationToken">Stops within a micro-batch.</param>
    /// <exception cref="NotSupportedException">The model has no encoder.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token outside the vocabulary, or no such sequence.</exception>
    /// <exception cref="ArgumentException">No token, or more than <see cref="MicroBatchSize"/>.</exception>
    /// <exception cref="DecodeException">It failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Encode(LlamaBatch batch, CancellationToken cancellationToken = default)
    {
        if (!Model.HasEncoder && HasCache)
            throw new NotSupportedException($"{Model.Description} has no encoder.");
        Compute(batch, encode: true, cancellationToken);
    }

    private void Compute(LlamaBatch batch, bool encode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using NativeHandle.Lease lease = batch.Owner.Use(batch);
        CheckBatch(batch, encode);
        cancellationToken.ThrowIfCancellationRequested();
        using Operation operation = Begin(encode ? nameof(Encode) : nameof(Decode));
        using Cancellation cancellation = new(this, operation.Context, cancellationToken);
        int status = Run(operation.Context, batch.Native, out long mark, encode);
        if (status == 0)
            return;
        (DecodeFailure, string) failure = Explain(status);
        llama_memory_i* memory = NativeMethods.llama_get_memory(operation.Context);
        bool restored = true;
        for (int sequence = 0; sequence <= batch.HighestSequence && !encode && status is not (1 or -1); sequence++)
            if (batch.FirstPosition(sequence) is >= 0 and int position)
                restored &= TakeBack(operation.Context, memory, sequence, position);
        cancellationToken.ThrowIfCancellationRequested();
        throw Failed(failure, $"A batch of {batch.Count} tokens", restored, mark);
    }

    private int Run(llama_context* context, llama_batch batch, out long mark, bool encode = false)
    {
        mark = NativeLog.Mark();
        int status;
        if (_sharedPool is null)
            status = Call(context, batch, encode);
        else
            lock (_sharedPool.Gate)      // its threads can work for one context at a time
                status = Call(context, batch, encode);
        if (status == 0)
            (_shiftPending, _copyPending) = (false, false);
        return status;
    }

    /// <summary>Stands between the context and llama.cpp, for tests of failing calls: gets the call, gives its status.</summary>
    internal Func<Func<int>, int>? Interposer { get; set; }

    private int Call(llama_context* context, llama_batch batch, bool encode) =>
        Interposer is null ? NativeGuard.Compute(context, batch, encode) : Interpose(context, batch, encode);

    private int Interpose(llama_context* context, llama_batch batch, bool encode) => Interposer!(() => NativeGuard.Compute(context, batch, encode));

    /// <summary>Rolls a sequence back; false if it had to be emptied instead.</summary>
    private bool TakeBack(llama_context* context, llama_memory_i* memory, int sequence, int start)
    {
        if (memory is null || (NativeGuard.Remove(context, sequence, start, -1) && Cache.Remembers(memory, sequence, start)))
            return true;
        NativeGuard.Remove(context, sequence, -1, -1);
        return false;
    }

    /// <summary>What a status means; to be asked before any other native call.</summary>
    private static (DecodeFailure Reason, string Why) Explain(int status) => status switch
    {
        1 => (DecodeFailure.NoKvSlot, "found no room in the cache"),
        2 => (DecodeFailure.Aborted, "was stopped"),
        -1 => (DecodeFailure.InvalidBatch, "was refused"),
        NativeGuard.Threw => (DecodeFailure.Failed, $"failed: {NativeGuard.LastError()}"),
        _ => (DecodeFailure.Failed, $"failed with status {status}"),
    };

    private static DecodeException Failed((DecodeFailure Reason, string Why) failure, string what, bool restored, long mark)
    {
        string rest = restored ? "" : " What was there before cannot be had again, so its sequences were emptied.";
        return new DecodeException(failure.Reason, $"{what} {failure.Why}.{rest}", NativeLog.Since(mark));
    }

    private void CheckBatch(LlamaBatch batch, bool encode)
    {
        if (batch.Count == 0)
            throw new ArgumentException("The batch holds no token.", nameof(batch));
        int limit = encode || !_causal || !HasCache ? Math.Min(BatchSize, MicroBatchSize) : BatchSize;
        if (batch.Count > limit)
            throw new ArgumentException($"The batch holds {batch.Count} tokens; this context takes at most {limit} ({(limit == BatchSize ? nameof(BatchSize) : nameof(MicroBatchSize))}).", nameof(batch));
        if (batch.HighestSequence >= MaxSequences)
            throw new ArgumentOutOfRangeException(nameof(batch), batch.HighestSequence, $"Sequence {batch.HighestSequence} is outside 0..{MaxSequences - 1}.");
        if (batch.HasSharedTokens && (!Options.UnifiedCache || Model.IsRecurrent))
            throw new ArgumentException("Tokens that several sequences share need ContextOptions.UnifiedCache, and a model without recurrent state.", nameof(batch));
        CheckTokens(batch.Tokens, nameof(batch));
    }

    private void CheckRoom(int count, int start, Sequence sequence)
    {
        if (count > SequenceSize - start)
            throw new ArgumentException($"{count} tokens do not fit behind the {start} that {sequence} has: the context holds {SequenceSize} a sequence.", "tokens");
        bool whole = !_causal || !HasCache || (Options.Embeddings && Pooling != Pooling.None);
        if (whole && count > MicroBatchSize)
            throw new ArgumentException($"{count} tokens are too many: attention that is not causal, and pooling, need the text in one micro-batch of {MicroBatchSize}.", "tokens");
    }

    private void CheckTokens(ReadOnlySpan<LlamaToken> tokens, string name)
    {
        if (tokens.IsEmpty)
            throw new ArgumentException("There is no token.", name);
        ReadOnlySpan<int> ids = MemoryMarshal.Cast<LlamaToken, int>(tokens);
        if (TensorPrimitives.Max(MemoryMarshal.Cast<int, uint>(ids)) >= (uint)_vocabularySize)
            ThrowBadToken(ids, name);
    }

    [DoesNotReturn]
    private void ThrowBadToken(ReadOnlySpan<int> ids, string name)
    {
        int index = 0;
        while ((uint)ids[index] < (uint)_vocabularySize)
            index++;
        throw new ArgumentOutOfRangeException(name, ids[index], $"Token {ids[index]} at index {index} is outside the vocabulary, 0..{_vocabularySize - 1}.");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static bool IsAborted(void* flag) => Volatile.Read(ref *(int*)flag) != 0;

    /// <summary>Lets a cancellation token stop the computation; costs nothing for a token that cannot be cancelled.</summary>
    private readonly ref struct Cancellation
    {
        private readonly llama_context* _context;
        private readonly CancellationTokenRegistration _registration;

        internal Cancellation(LlamaContext owner, llama_context* context, CancellationToken token)
        {
            if (!token.CanBeCanceled)
                return;
            int* flag = owner._handle.AbortFlag;
            Volatile.Write(ref *flag, 0);
            _context = context;
            NativeMethods.llama_set_abort_callback(context, AbortCallback, flag);
            _registration = token.UnsafeRegister(static state => Volatile.Write(ref *((Handle)state!).AbortFlag, 1), owner._handle);
        }

        public void Dispose()
        {
            if (_context is null)
                return;
            _registration.Dispose();
            NativeMethods.llama_set_abort_callback(_context, null, null);
        }
    }

    /// <summary>
    /// What a native batch needs beside the tokens, made once: a count of 1 and a pointer to one sequence id for each token, and two sets
    /// of output marks.
    /// </summary>
    private sealed class PrefillArrays
    {
        private readonly nint[] _sequences;
        private readonly int[] _counts;
        private readonly sbyte[] _outputs;
        private readonly int[] _sequence;
        private readonly int _capacity;

        internal PrefillArrays(int capacity)
        {
            _capacity = capacity;
            _sequence = GC.AllocateArray<int>(1, pinned: true);
            _counts = GC.AllocateArray<int>(capacity, pinned: true);
            _sequences = GC.AllocateArray<nint>(capacity, pinned: true);
            _outputs = GC.AllocateArray<sbyte>(capacity + 1, pinned: true);
            _counts.AsSpan().Fill(1);
            _sequences.AsSpan().Fill((nint)Pointer(_sequence));
            _outputs[capacity] = 1;
        }

        /// <summary>A native batch over the caller's tokens; positions follow the cache's; all tokens are output, or the last one, or none.</summary>
        internal llama_batch Batch(LlamaToken* tokens, int count, Sequence sequence, bool outputLast, bool outputAll)
        {
            _sequence[0] = sequence.Id;
            return new llama_batch
            {
                n_tokens = count,
                token = (int*)tokens,
                n_seq_id = Pointer(_counts),
                seq_id = (int**)Pointer(_sequences),
                logits = outputAll ? null : Pointer(_outputs) + (outputLast ? _capacity + 1 - count : 0),
            };
        }

        private static T* Pointer<T>(T[] pinned)
            where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
    }
}
