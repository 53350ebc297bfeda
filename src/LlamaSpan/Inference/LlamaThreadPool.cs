using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>How urgently the operating system runs a pool's threads; above <see cref="Normal"/> it may need privileges.</summary>
public enum ThreadPoolPriority
{
    /// <summary>Behind others.</summary>
    Low = -1,

    /// <summary>As others.</summary>
    Normal = 0,

    /// <summary>Before others.</summary>
    Medium = 1,

    /// <summary>Before most.</summary>
    High = 2,

    /// <summary>Before all that can wait.</summary>
    RealTime = 3,
}

/// <summary>How a thread pool is made.</summary>
public sealed record ThreadPoolOptions
{
    /// <summary>Number of threads; 0, the default, takes the physical cores that this process may use.</summary>
    public int Threads { get; init; }

    /// <summary>Priority of the threads.</summary>
    public ThreadPoolPriority Priority { get; init; } = ThreadPoolPriority.Normal;

    /// <summary>
    /// How long idle threads watch for work before they sleep, 0 (not at all) to 100, in steps of some milliseconds. Default 1: longer than
    /// it takes from one token to the next. llama.cpp's own programs take 50.
    /// </summary>
    public int Polling { get; init; } = 1;

    /// <summary>
    /// Processors the threads may run on, by number, 0 to 511; empty for all. The thread that makes the pool counts as one of its threads
    /// and is bound as well.
    /// </summary>
    public IReadOnlyList<int> Processors { get; init => field = value ?? throw new ArgumentNullException(nameof(Processors)); } = [];

    /// <summary>True to bind each thread to one of <see cref="Processors"/>.</summary>
    public bool OneProcessorEach { get; init; }
}

/// <summary>Threads that compute for the contexts made with them, one context at a time.</summary>
public sealed unsafe class LlamaThreadPool : IDisposable
{
    private const int ProcessorLimit = 512;
    private readonly Handle _handle;

    /// <summary>Starts the threads.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option lies outside its limits.</exception>
    public LlamaThreadPool(ThreadPoolOptions? options = null)
    {
        options ??= new ThreadPoolOptions();
        if (options.Threads is < 0 or > ProcessorLimit)
            throw new ArgumentOutOfRangeException(nameof(options), options.Threads, "ThreadPoolOptions.Threads must lie in 0..512.");
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
            if (processor is < 0 or >= ProcessorLimit)
                throw new ArgumentOutOfRangeException(nameof(options), processor, $"Processor {processor} is outside 0..{ProcessorLimit - 1}.");
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
