namespace LlamaSpan;

/// <summary>
/// Decides whose turn it is. Within a namespace requests are served by rank; of the namespaces the one that was given the least work comes first,
/// so that none starves another by flooding the queue (start-time fair queueing: Goyal et al., SIGCOMM 1996). A namespace gathers no credit while
/// it asks for nothing.
/// </summary>
internal sealed class FairShares
{
    private const int MostIdle = 64;      // namespaces that are remembered though they ask for nothing

    private readonly Dictionary<string, Share> _shares = [];
    private long _now;      // the work that the namespace served last had been given before

    /// <summary>A request waits.</summary>
    internal void Add(EngineRequest request)
    {
        if (!_shares.TryGetValue(request.Options.Namespace, out Share? share))
            _shares.Add(request.Options.Namespace, share = new Share());
        share.Waiting.Add(request);
    }

    /// <summary>It does not wait any more.</summary>
    internal void Remove(EngineRequest request)
    {
        if (_shares.TryGetValue(request.Options.Namespace, out Share? share))
            share.Waiting.Remove(request);
    }

    /// <summary>The request to serve next; null if none can be. One that had to give up its place comes before those that never had one.</summary>
    internal EngineRequest? Next()
    {
        EngineRequest? next = null;
        long least = long.MaxValue;
        foreach (Share share in _shares.Values)
        {
            if (share.First() is not { } first)
                continue;
            long start = first.Preemptions > 0 ? -1 : Math.Max(share.Given, _now);
            if (next is null || start < least || (start == least && first.IsBefore(next)))
                (next, least) = (first, start);
        }
        return next;
    }

    /// <summary>A request is served.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tokens">The work it asks for.</param>
    internal void Charge(EngineRequest request, int tokens)
    {
        Share share = _shares[request.Options.Namespace];
        _now = Math.Max(share.Given, _now);
        share.Given = _now + tokens;
        if (_shares.Count > MostIdle)
            foreach ((string name, Share idle) in _shares)
                if (idle.Waiting.Count == 0 && idle.Given <= _now)
                    _shares.Remove(name);
    }

    /// <summary>Forgets who was given what; nothing may wait.</summary>
    internal void Reset()
    {
        _shares.Clear();
        _now = 0;
    }

    private sealed class Share
    {
        internal RequestQueue Waiting { get; } = new();

        /// <summary>The work it was given, or would have been if it had always asked.</summary>
        internal long Given { get; set; }

        /// <summary>The first whose prompt nobody else is computing and whose consumer reads.</summary>
        internal EngineRequest? First()
        {
            for (int i = 0; i < Waiting.Count; i++)
                if (Waiting[i] is { IsPaused: false } request && request.Leader is not { IsFinished: false, PrefilledAt: 0 })
                    return request;
            return null;
        }
    }
}
