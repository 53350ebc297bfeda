using System.Diagnostics;

namespace LlamaSpan;

/// <summary>
/// What other threads hand to the engine's: new requests, functions to be run between two steps, and the news that a consumer has read, that a
/// request was cancelled, or that all shall end. Safe to use from any thread; only the engine's thread waits and takes.
/// </summary>
internal sealed class EngineInbox
{
    private readonly object _gate = new();
    private readonly List<EngineRequest> _submitted = [];
    private readonly Queue<Action> _posted = [];
    private long _numbers;
    private bool _signalled, _cancelled, _stopped;
    private Exception? _failure;

    /// <summary>Hands in requests together and numbers them.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="ledger">Counts them as waiting.</param>
    /// <exception cref="RequestException">Too many wait, or the engine has stopped.</exception>
    internal void Submit(ReadOnlySpan<EngineRequest> requests, RequestLedger ledger)
    {
        lock (_gate)
        {
            ThrowIfStopped();
            ledger.Submit(requests.Length);
            foreach (EngineRequest request in requests)
                request.Number = ++_numbers;
            _submitted.AddRange(requests);
            Signal();
        }
    }

    /// <summary>Runs a function on the engine's thread, between two steps.</summary>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    internal Task<T> Post<T>(Func<T> function)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ThrowIfStopped();
            _posted.Enqueue(() =>
            {
                try
                {
                    done.SetResult(function());
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            });
            Signal();
        }
        return done.Task;
    }

    /// <summary>A request that waited for its consumer, or for a file, may go on.</summary>
    internal void Wake()
    {
        lock (_gate)
            Signal();
    }

    /// <summary>A request was cancelled.</summary>
    internal void ReportCancelled()
    {
        lock (_gate)
        {
            _cancelled = true;
            Signal();
        }
    }

    /// <summary>Lets nothing in any more.</summary>
    /// <param name="failure">Why, if the engine has failed; null if it is disposed.</param>
    internal void Stop(Exception? failure = null)
    {
        lock (_gate)
        {
            _stopped = true;
            _failure ??= failure;
            Signal();
        }
    }

    /// <summary>True if the engine has stopped because it failed.</summary>
    internal bool HasFailed => _failure is not null;

    /// <summary>What requests are told once the engine has stopped.</summary>
    internal RequestException StopReason() => _failure is null
        ? new RequestException(RequestFailure.EngineStopped, "The engine was disposed.")
        : new RequestException(RequestFailure.EngineFailed, $"The engine has failed: {_failure.Message}", _failure);

    /// <summary>Waits until something has come or a time is reached, and takes the requests that came.</summary>
    /// <param name="requests">Gets the requests.</param>
    /// <param name="until">The time, in ticks of <see cref="Stopwatch"/>; 0 not to wait, <see cref="long.MaxValue"/> for any time.</param>
    /// <param name="cancelled">True if a request was cancelled since the last call.</param>
    /// <returns>False once the engine is to stop; nothing is taken then.</returns>
    internal bool Take(Queue<EngineRequest> requests, long until, out bool cancelled)
    {
        lock (_gate)
        {
            while (!_signalled && until > 0 && MillisecondsTo(until) is var milliseconds and not 0)
                Monitor.Wait(_gate, milliseconds);
            _signalled = false;
            cancelled = _cancelled && !_stopped;
            if (_stopped)
                return false;
            _cancelled = false;
            TakeAll(requests);
            return true;
        }
    }

    /// <summary>Takes the requests that are still there when the engine has stopped.</summary>
    internal void TakeRest(Queue<EngineRequest> requests)
    {
        lock (_gate)
            TakeAll(requests);
    }

    /// <summary>Runs the functions that were posted, also those that come meanwhile.</summary>
    internal void RunPosted()
    {
        while (true)
        {
            Action? action;
            lock (_gate)
                if (!_posted.TryDequeue(out action))
                    return;
            action();
        }
    }

    private static int MillisecondsTo(long time)
    {
        if (time == long.MaxValue)
            return Timeout.Infinite;
        double milliseconds = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), time).TotalMilliseconds;
        return (int)Math.Clamp(Math.Ceiling(milliseconds), 0, int.MaxValue);
    }

    private void TakeAll(Queue<EngineRequest> requests)
    {
        foreach (EngineRequest request in _submitted)
            requests.Enqueue(request);
        _submitted.Clear();
    }

    private void ThrowIfStopped()
    {
        if (_stopped)
            throw StopReason();
    }

    private void Signal()
    {
        _signalled = true;
        Monitor.Pulse(_gate);
    }
}
