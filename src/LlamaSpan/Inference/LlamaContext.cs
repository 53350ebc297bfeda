using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// One native context: the cache of up to <see cref="MaxSequences"/> sequences, and the outputs of the last decode. It has one owner at a
/// time: use from two threads at once throws <see cref="ConcurrentUseException"/>; one thread after another is fine. Several contexts, of
/// one model or of many, run in parallel.
/// </summary>
public sealed unsafe partial class LlamaContext : IDisposable
{
    /// <summary>Most sequences that llama.cpp supports in one context.</summary>
    public const int SequenceLimit = 256;

    /// <summary>The highest position a token may have.</summary>
    public const int HighestPosition = 1 << 30;

    private readonly Handle _handle;
    private readonly LlamaThreadPool? _sharedPool;
    private LlamaThreadPool? _ownPool;
    private readonly int _vocabularySize;
    private readonly bool _causal;
    private int _busy;

    internal LlamaContext(LlamaModel model, ContextOptions options)
    {
        options.Validate();
        model.RequireWeights(nameof(ModelContexts.CreateContext));
        (Model, Options, _sharedPool) = (model, options, options.ThreadPool);
        _causal = options.Attention == AttentionKind.FromModel ? model.IsCausal : options.Attention == AttentionKind.Causal;
        llama_context_params parameters = Parameters();
        CheckShared(Math.Max(parameters.n_threads, parameters.n_threads_batch), nameof(options));
        _handle = Handle.Create(model, parameters);
        try
        {
            _handle.Attach(_sharedPool ?? OwnPool(Math.Max(parameters.n_threads, parameters.n_threads_batch)));
        }
        catch
        {
            Dispose();
            throw;
        }
        _vocabularySize = model.Vocabulary.Size;

        llama_context* context = _handle.Context;
        Size = (int)NativeMethods.llama_n_ctx(context);
        SequenceSize = (int)NativeMethods.llama_n_ctx_seq(context);
        BatchSize = (int)NativeMethods.llama_n_batch(context);
        MicroBatchSize = (int)NativeMethods.llama_n_ubatch(context);
        MaxSequences = (int)NativeMethods.llama_n_seq_max(context);
        Pooling = (Pooling)NativeMethods.llama_pooling_type(context);
        HasCache = NativeMethods.llama_get_memory(context) is not null;
        _prefill = new PrefillArrays(BatchSize);
        Cache = new KvCache(this, CacheTraits.Of(model, options, MaxSequences));
    }

    /// <summary>The model.</summary>
    public LlamaModel Model { get; }

    /// <summary>What the context was made with.</summary>
    public ContextOptions Options { get; }

    /// <summary>The cached sequences.</summary>
    public KvCache Cache { get; }

    /// <summary>Tokens the cache holds, over all sequences: what was asked for, rounded up by llama.cpp to a multiple of 256.</summary>
    public int Size { get; }

    /// <summary>Tokens one sequence can have: <see cref="Size"/> in a unified cache, else its share of it.</summary>
    public int SequenceSize { get; }

    /// <summary>Most tokens of one <see cref="Decode"/>.</summary>
    public int BatchSize { get; }

    /// <summary>Most tokens computed at once; the longest text of a model that does not attend causally.</summary>
    public int MicroBatchSize { get; }

    /// <summary>Number of sequences.</summary>
    public int MaxSequences { get; }

    /// <summary>How embeddings are pooled.</summary>
    public Pooling Pooling { get; }

    /// <summary>False for encoders, which keep nothing from one batch to the next.</summary>
    public bool HasCache { get; }

    /// <summary>Frees the context, at once or, where another thread is using it, when that operation ends.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        _ownPool?.Dispose();      // its threads end when the native context is gone
    }

    /// <summary>Sets the number of threads.</summary>
    /// <param name="threads">For one token: 1 to 512, or to the threads of <see cref="ContextOptions.ThreadPool"/>.</param>
    /// <param name="batchThreads">For prompts and batches, the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside its limits.</exception>
    public void SetThreads(int threads, int batchThreads)
    {
        CheckThreads(threads, nameof(threads));
        CheckThreads(batchThreads, nameof(batchThreads));
        CheckShared(Math.Max(threads, batchThreads), nameof(threads));
        using Operation operation = Begin();
        if (_ownPool is { } pool && pool.Threads < Math.Max(threads, batchThreads))
        {
            // twice as many, so that there are few pools: each stays until the context is closed
            _handle.Attach(OwnPool(Math.Max(Math.Max(threads, batchThreads), Math.Min(2 * pool.Threads, LlamaThreadPool.ThreadLimit))));
            pool.Dispose();
        }
        NativeMethods.llama_set_n_threads(operation.Context, threads, batchThreads);
    }

    /// <summary>Times and counts since the last <see cref="ResetPerformance"/>; zero unless <see cref="ContextOptions.MeasurePerformance"/>.</summary>
    public ContextPerformance Performance
    {
        get
        {
            using Operation operation = Begin();
            llama_perf_context_data data = NativeMethods.llama_perf_context(operation.Context);
            return new ContextPerformance(TimeSpan.FromMilliseconds(data.t_load_ms), TimeSpan.FromMilliseconds(data.t_p_eval_ms),
                TimeSpan.FromMilliseconds(data.t_eval_ms), data.n_p_eval, data.n_eval, data.n_reused);
        }
    }

    /// <summary>Sets <see cref="Performance"/> back to zero.</summary>
    public void ResetPerformance()
    {
        using Operation operation = Begin();
        NativeMethods.llama_perf_context_reset(operation.Context);
    }

    /// <summary>What the context and its model occupy, an entry for each kind of memory in use.</summary>
    public IReadOnlyList<MemoryUsage> MemoryBreakdown()
    {
        using Operation operation = Begin();
        nuint count = 0;
        NativeMethods.llamaspan_memory_breakdown(operation.Context, null, 0, &count);
        llamaspan_memory_usage[] usages = new llamaspan_memory_usage[(int)count];
        fixed (llamaspan_memory_usage* first = usages)
        {
            if (NativeMethods.llamaspan_memory_breakdown(operation.Context, first, count, &count) != llamaspan_status.LLAMASPAN_STATUS_OK)
                throw new InvalidOperationException(NativeGuard.LastError());
        }
        return [.. usages.Select(usage => new MemoryUsage(
            Marshal.PtrToStringUTF8((nint)usage.device) ?? "", (long)usage.model, (long)usage.context, (long)usage.compute, (long)usage.total, (long)usage.free))];
    }

    /// <summary>Takes ownership of the context for one operation.</summary>
    /// <exception cref="ObjectDisposedException">The context was closed.</exception>
    /// <exception cref="ConcurrentUseException">Another thread is using it.</exception>
    internal Operation Begin([CallerMemberName] string name = "") => new(this, name);

    internal void CheckSequence(Sequence sequence)
    {
        if ((uint)sequence.Id >= (uint)MaxSequences)
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence.Id, $"Sequence {sequence.Id} is outside 0..{MaxSequences - 1}: ContextOptions.MaxSequences is {MaxSequences}.");
    }

    private static void CheckThreads(int threads, string name)
    {
        if (threads is < 1 or > LlamaThreadPool.ThreadLimit)
            throw new ArgumentOutOfRangeException(name, threads, $"The number of threads must lie in 1..{LlamaThreadPool.ThreadLimit}.");
    }

    /// <summary>llama.cpp reserves graphs for batches of equal sequences, and asserts that a pooled one has as many outputs as tokens.</summary>
    private static int MicroBatch(ContextOptions options, int size)
    {
        if (!options.Embeddings || options.Pooling == Pooling.None)
            return options.MicroBatchSize;
        int most = Math.Min(options.MicroBatchSize, size);
        if (most < options.MaxSequences)
            throw new ArgumentOutOfRangeException(nameof(options), most, $"ContextOptions.MicroBatchSize and ContextSize must be at least MaxSequences, {options.MaxSequences}, to pool embeddings.");
        return most / options.MaxSequences * options.MaxSequences;
    }

    private void CheckShared(int threads, string name)
    {
        if (_sharedPool is { } pool && threads > pool.Threads)
            throw new ArgumentOutOfRangeException(name, threads, $"ContextOptions.ThreadPool has {pool.Threads} threads.");
    }

    /// <summary>Without a pool ggml starts and ends its threads anew for each token.</summary>
    private LlamaThreadPool OwnPool(int threads) => _ownPool = new LlamaThreadPool(new ThreadPoolOptions { Threads = threads });

    private llama_context_params Parameters()
    {
        ContextOptions options = Options;
        llama_context_params p = NativeMethods.llama_context_default_params();
        int size = options.ContextSize > 0 ? options.ContextSize : Math.Min(Math.Max(Model.TrainedContextSize, 1), 4096);
        size = (size + 255) / 256 * 256;      // as llama.cpp does, but too late: the batch must not become smaller than MaxSequences
        p.n_ctx = (uint)size;
        p.n_batch = (uint)options.BatchSize;
        p.n_ubatch = (uint)MicroBatch(options, size);
        p.n_seq_max = (uint)options.MaxSequences;
        p.n_rs_seq = (uint)options.RecurrentSnapshots;
        p.n_threads = options.Threads > 0 ? options.Threads : options.ThreadPool?.Threads ?? ProcessorCores.Physical;
        p.n_threads_batch = options.BatchThreads > 0 ? options.BatchThreads : options.ThreadPool?.Threads ?? ProcessorCores.Physical;
        p.rope_scaling_type = (llama_rope_scaling_type)options.RopeScaling;
        p.pooling_type = (llama_pooling_type)options.Pooling;
        p.attention_type = _causal ? llama_attention_type.LLAMA_ATTENTION_TYPE_CAUSAL : llama_attention_type.LLAMA_ATTENTION_TYPE_NON_CAUSAL;
        p.flash_attn_type = (llama_flash_attn_type)options.FlashAttention;
        p.rope_freq_base = options.RopeFrequencyBase;
        p.rope_freq_scale = options.RopeFrequencyScale;
        p.yarn_ext_factor = options.YarnExtrapolation;
        p.yarn_attn_factor = options.YarnAttention;
        p.yarn_beta_fast = options.YarnBetaFast;
        p.yarn_beta_slow = options.YarnBetaSlow;
        p.yarn_orig_ctx = (uint)options.YarnOriginalContext;
        p.type_k = (ggml_type)options.KeyType;
        p.type_v = (ggml_type)options.ValueType;
        p.embeddings = options.Embeddings;
        p.offload_kqv = options.OffloadCache;
        p.no_perf = !options.MeasurePerformance;
        p.op_offload = options.OffloadOperations;
        p.swa_full = options.FullSlidingWindowCache;
        p.kv_unified = options.UnifiedCache && options.MaxSequences > 1;      // for one sequence the same, but llama.cpp would look at 256 of them at each decode
        return p;
    }

    /// <summary>One operation's ownership of the context: a reference on its handle, and the busy mark.</summary>
    internal readonly ref struct Operation
    {
        private readonly LlamaContext _owner;
        private readonly NativeHandle.Lease _lease;

        internal Operation(LlamaContext owner, string name)
        {
            _owner = owner;
            _lease = owner._handle.Use(owner);
            if (Interlocked.CompareExchange(ref owner._busy, 1, 0) != 0)
            {
                _lease.Dispose();
                throw new ConcurrentUseException(name);
            }
        }

        internal llama_context* Context => (llama_context*)_lease.Pointer;

        public void Dispose()
        {
            Volatile.Write(ref _owner._busy, 0);
            _lease.Dispose();
        }
    }

    /// <summary>Owns the native context and the flag that its abort callback reads; keeps model and thread pool alive.</summary>
    private sealed class Handle : NativeHandle
    {
        private readonly List<NativeHandle> _threadPools = [];
        private NativeHandle[] _adapters = [];

        private Handle(llama_context* context, NativeHandle model)
            : base(context, model) => AbortFlag = (int*)NativeMemory.AllocZeroed(sizeof(int));

        internal llama_context* Context => (llama_context*)handle;

        /// <summary>Not 0 to stop the running decode.</summary>
        internal int* AbortFlag { get; }

        internal static Handle Create(LlamaModel model, llama_context_params parameters)
        {
            using NativeHandle.Lease lease = model.Use();
            long mark = NativeLog.Mark();
            llama_context* context = NativeGuard.CreateContext((llama_model*)lease.Pointer, parameters);
            if (context is null)
                throw new ContextException($"No context could be made for {model.Description} with {parameters.n_ctx} tokens and {parameters.n_seq_max} sequences: {NativeGuard.LastError()}.", NativeLog.Since(mark));
            return new Handle(context, model.Owner);
        }

        /// <summary>
        /// Computes with a pool's threads from now on, and keeps them alive; those before too, for ggml pauses them when it next computes.
        /// </summary>
        internal void Attach(LlamaThreadPool pool)
        {
            bool added = false;
            pool.Owner.DangerousAddRef(ref added);
            _threadPools.Add(pool.Owner);
            pool.Attach(Context);
        }

        /// <summary>Takes a reference on each of some adapters, or on none.</summary>
        internal static void Acquire(ReadOnlySpan<NativeHandle> adapters)
        {
            int held = 0;
            try
            {
                for (; held < adapters.Length; held++)
                {
                    ObjectDisposedException.ThrowIf(adapters[held].IsDisposed, typeof(LoraAdapter));
                    bool added = false;
                    adapters[held].DangerousAddRef(ref added);
                }
            }
            catch
            {
                Release(adapters[..held]);
                throw;
            }
        }

        /// <summary>Keeps acquired adapters while the context uses them, instead of those before.</summary>
        internal void Hold(NativeHandle[] adapters)
        {
            Release(_adapters);
            _adapters = adapters;
        }

        internal static void Release(ReadOnlySpan<NativeHandle> handles)
        {
            foreach (NativeHandle held in handles)
                held.DangerousRelease();
        }

        protected override void Free(nint pointer)
        {
            NativeMethods.llama_free((llama_context*)pointer);
            NativeMemory.Free(AbortFlag);
            Release(_adapters);
            Release(CollectionsMarshal.AsSpan(_threadPools));
        }
    }
}
