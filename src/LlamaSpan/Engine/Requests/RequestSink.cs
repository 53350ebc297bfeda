namespace LlamaSpan;

/// <summary>Where a request's output goes; called on the engine's thread, which it must not hold up.</summary>
internal abstract class RequestSink
{
    /// <summary>True while its consumer has to catch up first.</summary>
    internal virtual bool IsFull => false;

    /// <summary>Takes a piece; the spans are valid during the call.</summary>
    internal virtual void Add(LlamaToken token, ReadOnlySpan<byte> text, float logProbability, ReadOnlySpan<TokenLogProbability> top)
    {
    }

    /// <summary>The request succeeded.</summary>
    internal abstract void Complete(EngineRequest request);

    /// <summary>The request failed.</summary>
    internal abstract void Fail(EngineRequest request, Exception error);

    /// <summary>Ends a task as a request failed: cancelled, or with its exception.</summary>
    private protected static void Fail<T>(TaskCompletionSource<T> task, EngineRequest request, Exception error)
    {
        if (error is OperationCanceledException)
            task.TrySetCanceled(request.CancellationToken);
        else
            task.TrySetException(error);
    }
}
