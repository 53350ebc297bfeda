using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>Threads that compute for the contexts made with them, one context at a time.</summary>
public sealed unsafe class LlamaThreadPool : IDisposable
{
    /// <summary>Most threads of a pool, and one above the highest number of a processor.</summary>
    internal const int ThreadLimit = NativeMethods.GGML_MAX_N_THREADS;

    private readonly Handle _handle;

    /// <summary>Starts the threads.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option lies outside its limits.</exception>
    public LlamaThreadPool(ThreadPoolOptions? options = null)
    {
        options ??= new ThreadPoolOptions();
        if (options.Threads is < 0 or > ThreadLimit)
            throw new ArgumentOutOfRangeException(nameof(options), options.Threads, $"ThreadPoolOptions.Threads must lie in 0..{ThreadLimit}.");
        if (options.Polling is < 0 or > 100)
            throw new ArgumentOutOfRangeException(nameof(options), options.Polling, "ThreadPoolOptions.Polling must lie in 0..100.");
        if (!Enum.IsDefined(options.Priority))
            throw new ArgumentOutOfRangeException(nameof(options), options.Priority, "ThreadPoolOptions.Priority is not defined.");
        NativeRuntime.Initialize();
        Threads = options.Threads > 0 ? options.Threads : ProcessorCores.Physical;
        ggml_threadpool_params parameters = NativeMethods.ggml_threadpool_params_default(Threads);
        parameters.prio = (ggml_sched_priority)options.Priority;
        parameters.poll = (uint)options.Polling;
        parameters.strict_cpu = options.OneProcessorEach;
        foreach (int processor in options.Processors)
        {
            if (processor is < 0 or >= ThreadLimit)
                throw new ArgumentOutOfRangeException(nameof(options), processor, $"Processor {processor} is outside 0..{ThreadLimit - 1}.");
            parameters.cpumask[processor] = true;
        }
        _handle = new Handle(NativeMethods.ggml_threadpool_new(&parameters));
        if (_handle.IsInvalid)
            throw new ContextException($"A pool of {Threads} threads could not be started.");
    }

    /// <summary>Number of threads.</summary>
    public int Threads { get; }

    /// <summary>Held while a context computes.</summary>
    internal Lock Gate { get; } = new();

    internal NativeHandle Owner => _handle;

    /// <summary>Lets the threads sleep until the next computation or <see cref="Resume"/>.</summary>
    public void Pause()
    {
        using NativeHandle.Lease lease = _handle.Use(this);
        lock (Gate)
            NativeMethods.ggml_threadpool_pause((ggml_threadpool*)lease.Pointer);
    }

    /// <summary>Wakes the threads.</summary>
    public void Resume()
    {
        using NativeHandle.Lease lease = _handle.Use(this);
        lock (Gate)
            NativeMethods.ggml_threadpool_resume((ggml_threadpool*)lease.Pointer);
    }

    /// <summary>Stops the threads, once the contexts made with them are closed.</summary>
    public void Dispose() => _handle.Dispose();

    internal void Attach(llama_context* context)
    {
        using NativeHandle.Lease lease = _handle.Use(this);
        NativeMethods.llama_attach_threadpool(context, (ggml_threadpool*)lease.Pointer, (ggml_threadpool*)lease.Pointer);
    }

    private sealed class Handle(ggml_threadpool* pool) : NativeHandle(pool)
    {
        protected override void Free(nint pointer) => NativeMethods.ggml_threadpool_free((ggml_threadpool*)pointer);
    }
}
