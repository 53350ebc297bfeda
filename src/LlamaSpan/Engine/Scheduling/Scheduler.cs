using System.Diagnostics;

namespace LlamaSpan;

/// <summary>
/// Decides what a step computes: running streams first, one token each, then pieces of prompts. Admits requests in fair turns when the cache can
/// hold them to their promised length, shares what prompts have in common, and takes cells from the youngest request when streams outgrow theirs.
/// </summary>
internal sealed class Scheduler(SequenceCache cache, EngineOptions options, RequestLedger ledger, Speculation speculation)
{
    private readonly RequestQueue _waiting = new();
    private readonly RequestQueue _running = new();
    private readonly FairShares _shares = new();
    private readonly List<EngineRequest> _prompts = [];

    internal RequestQueue Waiting => _waiting;

    internal RequestQueue Running => _running;

    internal Speculation Speculation => speculation;

    /// <summary>Takes in a new request.</summary>
    internal void Add(EngineRequest request)
    {
        Wait(request);
        try
        {
            if (request.Begin())
                End(request, null);
        }
        catch (Exception error)
        {
            End(request, error);      // its constraint: no fault of the others
        }
    }

    /// <summary>Fills a batch; it stays empty if nothing can be computed now.</summary>
    internal void Plan(StepBatch batch)
    {
        NotePauses(_running);
        NotePauses(_waiting);
        do
        {
            batch.Clear();
            Admit();
            if (Suspect() is { } suspect)
            {
                int wanted = Math.Min(Math.Min(suspect.Remaining, suspect.LongestPiece), Math.Min(batch.Room, options.TokensPerStep));
                Schedule(suspect, batch, cache.MakeRoom(wanted) ? wanted : Math.Min(wanted, cache.FreeCells));
                continue;
            }
            Draft(batch.Room);
            AddStreams(batch);
            AddPrompts(batch);
        }
        while (batch.Count == 0 && FreeSomething());
        batch.Write();
    }

    /// <summary>Ends a request: its cells are kept for later prompts, its sink is told.</summary>
    /// <param name="request">The request; nothing of it is in a batch that is not decoded.</param>
    /// <param name="error">Why it failed; null if it succeeded.</param>
    internal void End(EngineRequest request, Exception? error)
    {
        StopWaiting(request);
        _running.Remove(request);
        if (request.Sequence is { } sequence)
        {
            Abandon(request);
            speculation.Leave(request);
            bool pinned = request.IsPinned && error is null;
            cache.Pin(sequence, pinned ? 1 : 0);
            bool kept = cache.Close(sequence, request.Tokens[..sequence.Total], request.Options.KeepInCache);
            if (pinned && !kept)
                error = new RequestException(RequestFailure.TooManyPins, $"All {options.CachedSequences} sequences for the cache are pinned (EngineOptions.CachedSequences).");
        }
        ledger.End(request, error);
        request.Sequence = null;
    }

    /// <summary>Ends all requests, after a failure if <paramref name="cacheIsSound"/> is false: then the cache, in whatever state, is not touched.</summary>
    internal void EndAll(Exception reason, bool cacheIsSound)
    {
        foreach (RequestQueue queue in new[] { _running, _waiting })
            while (queue.Count > 0)
            {
                EngineRequest request = queue[^1];
                if (cacheIsSound)
                    End(request, reason);
                else
                {
                    queue.Remove(request);
                    ledger.End(request, reason);
                }
            }
    }

    /// <summary>Starts a waiting request with the cells of another one of the same prompt, which that one has just computed.</summary>
    /// <returns>False if it has to wait on.</returns>
    internal bool TryFollow(EngineRequest follower, EngineRequest leader)
    {
        if (follower.IsFinished || follower.PrefilledAt != 0 || follower.Sequence is not null || !cache.CanOpen || !Fits(follower, follower.Count))
            return false;
        if (cache.Rules.CopiesCells && !cache.MakeRoom(follower.Count))
            return false;      // a copy has cells of its own
        Start(follower);
        if (cache.Rules.Recurrent)
            cache.Fork(leader.Sequence!, follower.Sequence!);
        else
            cache.Reuse(follower.Sequence!, follower.Tokens, follower.Count);
        follower.CountCached(0, follower.Computed);
        return follower.Remaining == 0;
    }

    /// <summary>Begins to count what namespaces are given; nothing may wait.</summary>
    internal void ResetShares() => _shares.Reset();

    private void Wait(EngineRequest request)
    {
        _waiting.Add(request);
        _shares.Add(request);
    }

    private void StopWaiting(EngineRequest request)
    {
        _waiting.Remove(request);
        _shares.Remove(request);
    }

    /// <summary>Notes, once a step, which requests have to wait for their consumer or for a file.</summary>
    private static void NotePauses(RequestQueue requests)
    {
        for (int i = 0; i < requests.Count; i++)
            requests[i].IsPaused = requests[i].IsFetching || requests[i].Sink.IsFull;
    }

    private void Admit()
    {
        while (_waiting.Count > 0 && cache.CanOpen && _shares.Next() is { } request)
        {
            if (!Fits(request, request.FirstOutput))
            {
                if (_running.Count == 0 && request.Reserved > request.Count + 1)
                    request.Reserved = request.Count + 1;      // alone it needs no promise
                else if (_running.Count == 0)
                    End(request, TooSmall(request));
                else if (Paused() is { } paused)
                    Preempt(paused);
                else
                    return;
                continue;
            }
            if (request.Saved is not null && !cache.MakeRoom(request.Saved.Tokens))
                return;
            Start(request);
            if (request.Preemptions == 0)
                _shares.Charge(request, request.Remaining + request.Reserved - request.Count);
        }
    }

    /// <summary>Whether the cache can hold a request to its promised length beside those that run.</summary>
    private bool Fits(EngineRequest request, int limit)
    {
        if (request.Reserved < request.Count + 1)
            request.Reserved = (int)Math.Min(Math.Min(cache.LongestSequence, request.LongestLength), request.Count + (long)options.ReservedTokens);
        (int matched, int unlocked) = cache.Look(request.Options.Namespace, request.Tokens[..limit]);
        if (request.Saved is not null)
            (matched, unlocked) = (0, 0);      // for a moment its cells are there twice
        long promised = 0;
        for (int i = 0; i < _running.Count; i++)
            promised += Math.Max(0, _running[i].Reserved - _running[i].Computed);
        return cache.LockedCells + promised + request.Reserved - matched + unlocked <= cache.Capacity;
    }

    private void Start(EngineRequest request)
    {
        StopWaiting(request);
        _running.Add(request);
        ledger.Admitted(request);
        request.Sequence = cache.Open(request.Options.Namespace);
        if (request.AdmittedAt == 0)
            request.AdmittedAt = Stopwatch.GetTimestamp();
        if (request.Saved is not { } saved)
        {
            Reuse(request);
            cache.Fetch(request.Sequence, request.Options.Namespace, request.Tokens, request.FirstOutput);
            request.CountCached(0, request.Computed);
            return;
        }
        cache.Restore(request.Sequence, saved, request.Tokens[..saved.Tokens]);
        ledger.Discard(request);
    }

    private void AddStreams(StepBatch batch)
    {
        for (int i = 0; i < _running.Count; i++)
        {
            EngineRequest request = _running[i];
            if (request.IsStreaming && !request.IsPaused && batch.Room >= request.Remaining && MakeRoom(request))
            {
                int most = Math.Min(batch.Room, cache.Capacity - cache.LockedCells - _running.Count) - request.Remaining;
                request.KeepDrafted(Math.Max(most, 0));
                if (!cache.MakeRoom(request.Remaining + request.Drafted.Length))
                    request.KeepDrafted(0);
                Schedule(request, batch, request.Remaining);
            }
            if (i < _running.Count && _running[i] != request)
                i--;      // it, or one before it, had to go
        }
    }

    /// <summary>Has streams guess ahead, as far as there are cells that no other stream needs in this step.</summary>
    private void Draft(int room)
    {
        int streams = 0, width = 0;
        for (int i = 0; i < _running.Count; i++)
            if (_running[i] is { IsStreaming: true, IsPaused: false } stream)
                (streams, width) = (streams + 1, width + stream.Remaining);
        if (streams == 0)
            return;
        speculation.Begin(streams, width);
        int left = Math.Min(room, cache.Capacity - cache.LockedCells - _running.Count) - width;
        for (int i = 0; i < _running.Count && left > 0; i++)
        {
            if (_running[i] is not { IsStreaming: true, IsPaused: false } stream || !cache.Rules.CanCut(stream.Sequence!))
                continue;
            int most = cache.Rules.Window > 0 ? Math.Min(left, cache.Rules.Window - 1 - stream.Count) : left;      // what was guessed wrong must leave no gap
            left -= stream.Draft(speculation, most);
        }
        speculation.Guess();
    }

    private void AddPrompts(StepBatch batch)
    {
        _prompts.Clear();
        for (int i = 0; i < _running.Count; i++)
            if (_running[i] is { IsStreaming: false, IsPaused: false, Scheduled.Count: 0 } request)
                _prompts.Add(request);
        int room = Math.Min(batch.Room, Math.Max(options.TokensPerStep - batch.Count, 1));
        for (int i = 0; i < _prompts.Count && room > 0; i++)
        {
            EngineRequest request = _prompts[i];
            if (Reuse(request) || request.Remaining == 0)
                continue;
            if (request.Chunks is { } chunks && !TakeMoved(request, chunks))
                continue;
            int longest = Math.Min(request.LongestPiece, request.Chunks?.Until(request.Computed) ?? int.MaxValue);
            int count = PrefillShare.Of(room, Math.Min(request.Remaining, longest), i, _prompts.Count - 1 - i);
            if (cache.FreeCells < count && !cache.MakeRoom(count))
                count = Math.Min(count, cache.FreeCells);
            if (count <= 0)
                break;
            Schedule(request, batch, count);
            room -= count;
        }
    }

    /// <summary>Takes what other sequences have of a prompt; true if one of them computes the next piece in this very step.</summary>
    private bool Reuse(EngineRequest request)
    {
        int before = request.Computed;
        bool waits = cache.Reuse(request.Sequence!, request.Tokens, request.FirstOutput);
        if (request.Computed > before)
            request.CountCached(before, request.Computed);
        return waits;
    }

    /// <summary>Takes documents that were computed at other places; false if that has to wait for the next step.</summary>
    private bool TakeMoved(EngineRequest request, MovedChunks chunks)
    {
        CachedSequence sequence = request.Sequence!;
        if (!chunks.IsPrepared && !cache.TryPrepare(chunks, sequence, request.Options.Namespace, request.Tokens))
            return false;
        int before = request.Computed;
        if (cache.TakeMoved(chunks, sequence) > 0)
            request.CountMoved(before, request.Computed);
        return true;
    }

    /// <summary>Frees documents that wait for a request, and what it computed behind moved ones: that must not become others' prefix.</summary>
    private void Abandon(EngineRequest request)
    {
        if (request.Chunks is not { } chunks)
            return;
        cache.Release(chunks);
        if (chunks.IsTaken)
            cache.Cut(request.Sequence!, request.Sequence!.Length);
        request.Chunks = null;
    }

    private void Schedule(EngineRequest request, StepBatch batch, int count)
    {
        batch.Add(request, count);
        cache.Grow(request.Sequence!, request.Tokens.Slice(request.Computed, count), share: !request.IsStreaming);
        if (!request.Drafted.IsEmpty)
            cache.Grow(request.Sequence!, request.Drafted, share: false);
    }

    /// <summary>Finds cells for a stream's next tokens; false if the stream itself had to give up its cells.</summary>
    private bool MakeRoom(EngineRequest request)
    {
        while (!cache.MakeRoom(request.Remaining))
        {
            EngineRequest? victim = Paused() ?? Youngest();
            if (victim is null || _running.Count == 1)
            {
                CacheIsFull(request);
                return false;
            }
            Preempt(victim);
            if (victim == request)
                return false;
        }
        return true;
    }

    /// <summary>Frees cells where a step came out empty though a request could go on; false if all wait for their consumers.</summary>
    private bool FreeSomething()
    {
        bool stuck = false;
        for (int i = 0; i < _running.Count; i++)
        {
            if (_running[i] is { IsPaused: false, Chunks: { IsPrepared: false } chunks })
                return chunks.IsPrepared = true;      // it waits for a step to move its documents, and there is none: it is computed exactly
            stuck |= !_running[i].IsPaused && _running[i].Remaining > 0;
        }
        if (!stuck)
            return false;
        EngineRequest victim = Paused() ?? Youngest()!;
        if (_running.Count == 1)
            CacheIsFull(victim);
        else
            Preempt(victim);
        return true;
    }

    /// <summary>Saves a request's cells, if there is room for them, and lets it wait.</summary>
    private void Preempt(EngineRequest request)
    {
        CachedSequence sequence = request.Sequence!;
        Abandon(request);
        speculation.Leave(request);
        ledger.Save(request);
        _running.Remove(request);
        cache.Close(sequence, request.Tokens[..sequence.Total], keep: false);
        request.Sequence = null;
        request.Preemptions++;
        request.Reserved = 0;
        Wait(request);
        ledger.Preempted();
    }

    private EngineRequest? Suspect()
    {
        for (int i = 0; i < _running.Count; i++)
            if (_running[i].IsSuspect && !_running[i].IsPaused && _running[i].Remaining > 0 && cache.MakeRoom(1))
                return _running[i];
        return null;
    }

    /// <summary>The last in order whose consumer does not read.</summary>
    private EngineRequest? Paused()
    {
        for (int i = _running.Count - 1; i >= 0; i--)
            if (_running[i].IsPaused && _running[i].Scheduled.Count == 0)
                return _running[i];
        return null;
    }

    /// <summary>The last in order that the step does not hold yet.</summary>
    private EngineRequest? Youngest()
    {
        for (int i = _running.Count - 1; i >= 0; i--)
            if (_running[i].Scheduled.Count == 0)
                return _running[i];
        return null;
    }

    /// <summary>Ends the only request that runs: nobody else could give it a cell.</summary>
    private void CacheIsFull(EngineRequest request)
    {
        bool hasText = request is GenerationRequest { PrefilledAt: not 0 } generation && generation.Finish(FinishReason.Length);
        End(request, hasText ? null : TooSmall(request));
    }

    private RequestException TooSmall(EngineRequest request) => new(RequestFailure.CacheTooSmall,
        $"{request.Count} tokens do not fit: of the cache's {cache.Capacity} cells {cache.LockedCells} are pinned.");
}
