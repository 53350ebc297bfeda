using System.Diagnostics;

namespace LlamaSpan;

/// <summary>
/// The engine's thread: takes requests in, has a step planned, decodes it, hands the outputs on. Everything below it but the inbox is used on
/// this thread alone; other threads only submit, post and wake.
/// </summary>
internal sealed class EngineLoop
{
    private const int MostFailures = 2;

    private readonly EngineInbox _inbox = new();
    private readonly LlamaContext _context;
    private readonly SequenceCache _cache;
    private readonly EngineOptions _options;
    private readonly RequestLedger _ledger;
    private readonly Speculation _speculation;
    private readonly Scheduler _scheduler;
    private readonly StepBatch _batch;
    private readonly Queue<EngineRequest> _taken = [];      // and not scheduled yet
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nextDeadline = long.MaxValue;

    internal EngineLoop(LlamaContext context, SequenceCache cache, EngineOptions options, Speculation speculation)
    {
        (_context, _cache, _options, _speculation) = (context, cache, options, speculation);
        _ledger = new RequestLedger(context, options);
        _scheduler = new Scheduler(cache, options, _ledger, speculation);
        _batch = new StepBatch(context.BatchSize, cache.Rules.OwnBuffers);
        _thread = new Thread(Run) { Name = "LlamaEngine", IsBackground = true };
    }

    internal Task Ended => _ended.Task;

    internal LlamaContext Context => _context;

    internal int ContextSize => _context.SequenceSize;

    internal Scheduler Scheduler => _scheduler;

    internal RequestLedger Ledger => _ledger;

    internal SequenceCache Cache => _cache;

    /// <summary>Writes down what is done; null for nothing.</summary>
    internal EngineRecorder? Recorder { get; set; }

    /// <summary>Tokens of the step being made.</summary>
    internal int StepWidth => _batch.Count;

    /// <summary>Called after every step, on the engine's thread; for tests.</summary>
    internal Action? StepObserver { get; set; }

    internal void Start() => _thread.Start();

    /// <summary>Hands in requests together, from any thread; those that are refused are released.</summary>
    /// <exception cref="RequestException">Too many wait, or the engine has stopped.</exception>
    /// <exception cref="OperationCanceledException">The token is cancelled.</exception>
    internal void Submit(ReadOnlySpan<EngineRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (EngineRequest request in requests)
                request.Prepare(_options.PriorityHeadStart, cancellationToken, this);
            _inbox.Submit(requests, _ledger);
        }
        catch (Exception error)
        {
            foreach (EngineRequest request in requests)
            {
                EngineMetrics.Refused(request, error);
                request.Release();
            }
            throw;
        }
    }

    /// <summary>Runs a function on the engine's thread, between two steps. From any thread.</summary>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    internal Task<T> Post<T>(Func<T> function) => _inbox.Post(function);

    /// <summary>A consumer has read: its request may go on. From any thread.</summary>
    internal void Wake() => _inbox.Wake();

    /// <summary>A request was cancelled. From any thread.</summary>
    internal void ReportCancelled() => _inbox.ReportCancelled();

    /// <summary>Ends all requests, then the thread. From any thread.</summary>
    internal void Stop() => _inbox.Stop();

    private void Run()
    {
        try
        {
            bool busy = false;
            while (TakeIn(busy))
                busy = Step();
        }
        catch (Exception error)
        {
            _inbox.Stop(error);
        }
        Close();
        _ended.SetResult();
    }

    /// <summary>Ends all requests and stores what is cached.</summary>
    internal void Close()
    {
        EndAll();
        _cache.StoreAll(isSound: !_inbox.HasFailed);
        _batch.Dispose();
    }

    /// <summary>Waits for something to do, unless busy, and takes in what came; false at the end.</summary>
    private bool TakeIn(bool busy)
    {
        if (!_inbox.Take(_taken, until: busy ? 0 : _nextDeadline, out bool cancelled))
            return false;
        _inbox.RunPosted();
        while (_taken.TryDequeue(out EngineRequest? request))
        {
            Schedule(request);
            cancelled |= request.IsCancelled;      // it may have been reported before the request came in
        }
        if (cancelled || Stopwatch.GetTimestamp() >= _nextDeadline)
            EndCancelledAndLate();
        return true;
    }

    /// <summary>Takes a request in.</summary>
    internal void Schedule(EngineRequest request)
    {
        Recorder?.Submitted(request);
        if (_cache.Store is not null && request.Leader is null)
            Fetch(request);
        _scheduler.Add(request);
        Recorder?.Began(request);
        _nextDeadline = Math.Min(_nextDeadline, request.Deadline);
    }

    /// <summary>Lets a request wait until what is stored of its prompt is in host memory, while others are served.</summary>
    private void Fetch(EngineRequest request)
    {
        request.IsFetching = true;
        bool fetching = _cache.Prefetch(request.Options.Namespace, request.Tokens[..request.FirstOutput], () =>
        {
            request.IsFetching = false;
            Wake();
        });
        if (!fetching)
            request.IsFetching = false;
    }

    /// <summary>Ends a request that nobody wants any more.</summary>
    internal void EndFromOutside(EngineRequest request, Exception error)
    {
        Recorder?.Event(RecordedAction.End, request.Number);
        _scheduler.End(request, error);
    }

    /// <summary>Forgets what is cached and not pinned.</summary>
    internal void Clear()
    {
        Recorder?.Event(RecordedAction.Clear, 0);
        _cache.Clear();
    }

    /// <summary>Lets a pinned sequence go.</summary>
    internal void Unpin(CachedSequence sequence, long request)
    {
        Recorder?.Event(RecordedAction.Unpin, request);
        _cache.Unpin(sequence);
    }

    /// <exception cref="InvalidOperationException">It records already, or the cache is in use.</exception>
    internal void StartRecording()
    {
        if (Recorder is not null)
            throw new InvalidOperationException("The engine records already.");
        if (_scheduler.Running.Count + _scheduler.Waiting.Count > 0)
            throw new InvalidOperationException($"{_scheduler.Running.Count + _scheduler.Waiting.Count} requests run or wait: record before the first, or when all are done.");
        _cache.Clear();
        if (_cache.Kept.Count > 0)
            throw new InvalidOperationException($"{_cache.Kept.Count} prefixes are pinned: record before that.");
        _scheduler.ResetShares();
        Recorder = new EngineRecorder();
        _cache.Store = _cache.Store is { } store ? new RecordingStore(store, Recorder) : null;
    }

    /// <exception cref="InvalidOperationException">It does not record.</exception>
    internal EngineRecorder StopRecording()
    {
        EngineRecorder recorder = Recorder ?? throw new InvalidOperationException("The engine does not record.");
        Recorder = null;
        foreach (RequestQueue queue in new[] { _scheduler.Running, _scheduler.Waiting })
            for (int i = 0; i < queue.Count; i++)
                queue[i].Appended = null;
        _cache.Store = (_cache.Store as RecordingStore)?.Store;
        return recorder;
    }

    /// <summary>Ends requests that were cancelled or are late.</summary>
    private void EndCancelledAndLate()
    {
        long now = Stopwatch.GetTimestamp();
        _nextDeadline = long.MaxValue;
        EndCancelledAndLate(_scheduler.Waiting, now);
        EndCancelledAndLate(_scheduler.Running, now);
    }

    private void EndCancelledAndLate(RequestQueue queue, long now)
    {
        for (int i = queue.Count - 1; i >= 0; i--)
        {
            EngineRequest request = queue[i];
            if (request.IsCancelled)
                EndFromOutside(request, new OperationCanceledException(request.CancellationToken));
            else if (now >= request.Deadline)
                EndFromOutside(request, new RequestException(RequestFailure.TimedOut, $"The request was not done within {request.Options.Timeout} (RequestOptions.Timeout)."));
            else
                _nextDeadline = Math.Min(_nextDeadline, request.Deadline);
        }
    }

    /// <summary>Plans and decodes one step; false if there was nothing to do.</summary>
    internal bool Step()
    {
        long startedAt = Stopwatch.GetTimestamp();
        _scheduler.Plan(_batch);
        Recorder?.Planned(_batch, _scheduler.Running, _scheduler.Waiting);
        if (_batch.Count > 0)
            DecodeTimed();
        EndWhatNeedsNoOutput();
        Recorder?.EndStep();
        StepObserver?.Invoke();
        if (_batch.Count == 0)
            return false;
        EngineMetrics.Step(startedAt);
        return true;
    }

    private void DecodeTimed()
    {
        bool plain = _batch.HoldsStreamsOnly;
        long startedAt = _options.Clock.GetTimestamp();
        Decode();
        if (plain)
            _speculation.Measure(_batch.Count, _options.Clock.GetElapsedTime(startedAt).TotalSeconds);
    }

    private void Decode()
    {
        try
        {
            _context.Decode(_batch.Tokens);
        }
        catch (DecodeException error)
        {
            Recorder?.Failed(error.Reason);
            TakeBack(error);
            return;
        }
        foreach (EngineRequest request in _batch.Requests)
        {
            CachedSequence sequence = request.Sequence!;
            SequenceCache.Settle(sequence);
            request.CountComputed(sequence.Total - request.Scheduled.Count, sequence.Total - request.Drafted.Length);
            (request.IsSuspect, request.Failures) = (false, 0);
        }
        foreach (EngineRequest request in _batch.Requests)
            Deliver(request);
    }

    /// <summary>Hands the outputs of a request's tokens on, and of its guesses as long as they come true.</summary>
    private void Deliver(EngineRequest request)
    {
        (int index, int count) = request.Scheduled;
        int from = request.Computed - count, known = request.Computed - request.Drafted.Length;
        int at = Math.Max(from, Math.Min(request.FirstOutput, known));      // generating moves it
        bool done = false;
        Exception? error = null;
        try
        {
            for (; at < from + count && !done; at++)
            {
                if (at >= known && (at >= request.Count || request.Tokens[at] != request.Drafted[at - known]))
                    break;
                if (at < request.FirstOutput)
                    continue;
                ReadOnlySpan<float> logits = _context.Logits(index + at - from);
                if (request.PrefilledAt == 0)
                    DeliverToFollowers(request, at, logits);
                done = Deliver(request, at, logits);
            }
        }
        catch (Exception thrown)
        {
            error = thrown;      // its sampler, its constraint: no fault of the others
            at++;
        }
        if (request.Drafted.Length > 0)
            SettleGuesses(request, known, at);
        if (done || error is not null)
            _scheduler.End(request, error);
    }

    /// <summary>Gives a request one output; true if it is done.</summary>
    private bool Deliver(EngineRequest request, int index, ReadOnlySpan<float> logits)
    {
        bool done = true;
        if (request.PrefilledAt == 0)
            request.PrefilledAt = Stopwatch.GetTimestamp();
        try
        {
            done = request.Take(index, logits);
        }
        finally
        {
            Recorder?.Took(request, index, logits, done);
        }
        return done;
    }

    /// <summary>Counts the guesses that came true and takes the others back.</summary>
    private void SettleGuesses(EngineRequest request, int known, int valid)
    {
        request.CountComputed(known, valid);
        request.ReportDraft(request.Drafted.Length, valid - known);
        if (valid < request.Computed)
            _cache.Cut(request.Sequence!, valid);
    }

    /// <summary>Requests that repeat the prompt need not compute it: they get its cells and its output, as far as there is room for them now.</summary>
    private void DeliverToFollowers(EngineRequest leader, int index, ReadOnlySpan<float> logits)
    {
        foreach (EngineRequest follower in leader.Followers)
        {
            if (!_scheduler.TryFollow(follower, leader))
                continue;
            try
            {
                if (Deliver(follower, index, logits))
                    _scheduler.End(follower, null);
            }
            catch (Exception error)
            {
                _scheduler.End(follower, error);
            }
        }
    }

    private void EndWhatNeedsNoOutput()
    {
        for (int i = _scheduler.Running.Count - 1; i >= 0; i--)
            if (_scheduler.Running[i] is { IsDoneWithoutOutput: true } request)
            {
                request.PrefilledAt = Stopwatch.GetTimestamp();
                _scheduler.End(request, null);
            }
    }

    /// <summary>
    /// After a failed step: its requests go back to where they were and are tried one by one; one that fails alone, and again, is ended.
    /// </summary>
    private void TakeBack(DecodeException error)
    {
        bool alone = _batch.Requests.Count == 1;
        foreach (EngineRequest request in _batch.Requests)
        {
            _cache.TakeBack(request.Sequence!);
            request.IsSuspect = true;
            request.Failures += alone ? 1 : 0;
        }
        if (error.Reason == DecodeFailure.NoKvSlot)
            _cache.Clear();
        if (alone && _batch.Requests[0] is { Failures: >= MostFailures } failed)
            _scheduler.End(failed, error);
    }

    private void EndAll()
    {
        _inbox.TakeRest(_taken);
        while (_taken.TryDequeue(out EngineRequest? request))
            _scheduler.Add(request);
        _inbox.RunPosted();
        _scheduler.EndAll(_inbox.StopReason(), cacheIsSound: !_inbox.HasFailed);
    }
}
