namespace LlamaSpan;

/// <summary>Tokens that stay in an engine's cache until this is disposed.</summary>
public sealed class PinnedPrefix : IAsyncDisposable
{
    private readonly EngineLoop _loop;
    private readonly CachedSequence _sequence;
    private int _disposed;

    internal PinnedPrefix(EngineLoop loop, CachedSequence sequence, RequestUsage usage) => (_loop, _sequence, Usage) = (loop, sequence, usage);

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
                _loop.Cache.Unpin(_sequence);
                return true;
            }).ConfigureAwait(false);
        }
        catch (RequestException)
        {
            // the engine is gone, and its cache with it
        }
    }
}
