namespace LlamaSpan;

/// <summary>Tokens that stay in an engine's cache until this is disposed.</summary>
public sealed class PinnedPrefix : IAsyncDisposable
{
    private readonly EngineLoop _loop;
    private readonly CachedSequence _sequence;
    private readonly long _number;
    private int _disposed;

    internal PinnedPrefix(EngineLoop loop, EngineRequest request) => (_loop, _sequence, _number, Usage) = (loop, request.Sequence!, request.Number, request.Usage);

    /// <summary>What it cost to compute them.</summary>
    public RequestUsage Usage { get; }

    /// <summary>Lets the cache evict them when it needs room.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        try
        {
            await _loop.Post(() =>
            {
                _loop.Unpin(_sequence, _number);
                return true;
            }).ConfigureAwait(false);
        }
        catch (RequestException)
        {
            // the engine is gone, and its cache with it
        }
    }
}
