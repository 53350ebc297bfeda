using System.Diagnostics;

namespace LlamaSpan;

/// <summary>Counts the requests that wait and the host memory of those that were preempted, and tells the metrics what becomes of requests.</summary>
internal sealed class RequestLedger(LlamaContext context, EngineOptions options)
{
    private int _waiting;
    private long _saved;

    /// <summary>Requests that wait; read from any thread.</summary>
    internal int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Bytes of host memory in use.</summary>
    internal long SavedBytes => _saved;

    /// <summary>Counts new requests, from any thread.</summary>
    /// <exception cref="RequestException">Too many wait.</exception>
    internal void Submit(int count)
    {
        if (Interlocked.Add(ref _waiting, count) <= options.MaxWaiting)
            return;
        Interlocked.Add(ref _waiting, -count);
        throw new RequestException(RequestFailure.QueueFull, $"{options.MaxWaiting} requests are waiting (EngineOptions.MaxWaiting).");
    }

    internal void Admitted(EngineRequest request)
    {
        Interlocked.Decrement(ref _waiting);
        EngineMetrics.Admitted(request);
    }

    /// <summary>Copies a request's cells to host memory, if there is room.</summary>
    internal void Save(EngineRequest request)
    {
        if (context.HasPendingMoves || request.Sequence!.Total == 0)
            return;
        request.Saved = SavedSequence.Save(context, request.Sequence!, options.HostMemoryBytes - _saved);
        _saved += request.Saved?.Size ?? 0;
    }

    internal void Preempted()
    {
        Interlocked.Increment(ref _waiting);
        EngineMetrics.Preempted();
    }

    /// <summary>Frees what <see cref="Save"/> copied.</summary>
    internal void Discard(EngineRequest request)
    {
        _saved -= request.Saved?.Size ?? 0;
        request.Saved?.Dispose();
        request.Saved = null;
    }

    /// <summary>Ends a request that is in no queue any more.</summary>
    internal void End(EngineRequest request, Exception? error)
    {
        if (request.Sequence is null)
            Interlocked.Decrement(ref _waiting);
        request.IsFinished = true;
        request.EndedAt = Stopwatch.GetTimestamp();
        Discard(request);
        EngineMetrics.Ended(request, error);
        if (error is null)
            request.Sink.Complete(request);
        else
            request.Sink.Fail(request, error);
        request.Release();
    }
}
