namespace LlamaSpan;

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
