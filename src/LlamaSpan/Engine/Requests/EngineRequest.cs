using System.Buffers;
using System.Diagnostics;

namespace LlamaSpan;

/// <summary>
/// One sequence's worth of work: tokens to be decoded, and what happens with the outputs. A request has all its tokens from the start, and
/// those it generates join them; it is scheduled as long as some are not decoded. Used on the engine's thread, unless said otherwise.
/// </summary>
internal abstract class EngineRequest
{
    private LlamaToken[] _tokens;
    private CancellationTokenRegistration _cancellation;
    private volatile bool _cancelled, _fetching;
    private int _highest;                       // most tokens that its sequence ever had
    private int _cached, _computed, _recomputed, _moved;

    protected EngineRequest(ReadOnlySpan<LlamaToken> tokens, RequestOptions options, RequestSink sink)
    {
        _tokens = ArrayPool<LlamaToken>.Shared.Rent(tokens.Length + 64);
        tokens.CopyTo(_tokens);
        (Count, PromptLength, Options, Sink) = (tokens.Length, tokens.Length, options, sink);
        options.ChunkReuse?.Check(tokens.Length, nameof(options));
        Chunks = options.ChunkReuse is { } reuse ? new MovedChunks(reuse) : null;
    }

    internal RequestOptions Options { get; }

    internal RequestSink Sink { get; }

    /// <summary>Its trace, if anybody listens.</summary>
    internal Activity? Activity { get; set; }

    /// <summary>What its trace is called.</summary>
    internal virtual string ActivityName => "llamaspan.request";

    /// <summary>Order of arrival.</summary>
    internal long Number { get; set; }

    /// <summary>Lower ones are served first: the time of submission, less the head start of its priority.</summary>
    internal long Rank { get; set; }

    /// <summary>The order of a queue.</summary>
    internal bool IsBefore(EngineRequest other) => Rank != other.Rank ? Rank < other.Rank : Number < other.Number;

    /// <summary>When it fails, in ticks of <see cref="Stopwatch"/>.</summary>
    internal long Deadline { get; set; } = long.MaxValue;

    internal CancellationToken CancellationToken { get; private set; }

    internal bool IsCancelled => _cancelled;

    internal bool IsFinished { get; set; }

    /// <summary>The sequence it runs on; null while it waits.</summary>
    internal CachedSequence? Sequence { get; set; }

    /// <summary>Its cells in host memory while it is preempted; null if it has none there.</summary>
    internal SavedSequence? Saved { get; set; }

    /// <summary>Documents to be taken from other places in the cache; null for none.</summary>
    internal MovedChunks? Chunks { get; set; }

    /// <summary>True to pin its sequence when it ends.</summary>
    internal virtual bool IsPinned => false;

    /// <summary>True while what is stored of its prompt is being read; set back from another thread.</summary>
    internal bool IsFetching
    {
        get => _fetching;
        set => _fetching = value;
    }

    /// <summary>
    /// True if its consumer had to catch up, or its prompt was being read from a file, when the step began. Asked once a step: the consumer may read at
    /// any moment, and a request that was left out of the step must not then look as if the cache were too full for it.
    /// </summary>
    internal bool IsPaused { get; set; }

    /// <summary>True after a step with it failed, until one with it succeeds: it is then computed alone.</summary>
    internal bool IsSuspect { get; set; }

    /// <summary>Steps that failed though it was alone in them.</summary>
    internal int Failures { get; set; }

    /// <summary>The request whose prompt it repeats; it waits for that.</summary>
    internal EngineRequest? Leader { get; set; }

    /// <summary>Requests that repeat its prompt.</summary>
    internal List<EngineRequest> Followers { get; } = [];

    /// <summary>Guesses that go into the step being made, behind its tokens.</summary>
    internal virtual ReadOnlySpan<LlamaToken> Drafted => default;

    /// <summary>Guesses how its tokens go on, or asks the draft model for it.</summary>
    /// <param name="speculation">Says how far.</param>
    /// <param name="most">Most tokens to guess.</param>
    /// <returns>How many there are, or may be when the draft model was asked.</returns>
    internal virtual int Draft(Speculation speculation, int most) => 0;

    /// <summary>Forgets all of its guesses but the first.</summary>
    internal virtual void KeepDrafted(int most)
    {
    }

    /// <summary>Tells how a guess went.</summary>
    internal virtual void ReportDraft(int drafted, int accepted) => (Speculated, Accepted) = (Speculated + drafted, Accepted + accepted);

    /// <summary>Its share of the step being made: the index of its first token in the batch, and how many.</summary>
    internal (int Index, int Count) Scheduled { get; set; }

    /// <summary>The token drawn last.</summary>
    internal virtual LlamaToken Drawn => LlamaToken.None;

    /// <summary>Gets every token that joins it, while it is recorded; else null.</summary>
    internal List<LlamaToken>? Appended { get; set; }

    /// <summary>The tokens that its constraint allowed in the last draw, while it is recorded; null for all.</summary>
    internal ulong[]? Allowed { get; set; }

    internal virtual FinishReason FinishReason => FinishReason.None;

    internal int PromptLength { get; }

    /// <summary>Prompt and what was generated.</summary>
    internal ReadOnlySpan<LlamaToken> Tokens => _tokens.AsSpan(0, Count);

    internal int Count { get; private set; }

    /// <summary>Tokens that are decoded, or will be with the step being made.</summary>
    internal int Computed => Sequence?.Total ?? 0;

    internal int Remaining => Count - Computed;

    /// <summary>Index of the first token whose output is wanted; what stands before it may come from the cache.</summary>
    internal abstract int FirstOutput { get; }

    /// <summary>True once it has generated: then it is served before prompts.</summary>
    internal virtual bool IsStreaming => false;

    /// <summary>Most tokens it may come to have.</summary>
    internal virtual long LongestLength => Count;

    /// <summary>Cells that it was promised, for its prompt and as much of its answer as <see cref="EngineOptions.ReservedTokens"/> says.</summary>
    internal int Reserved { get; set; }

    internal int Preemptions { get; set; }

    protected int Speculated { get; set; }

    protected int Accepted { get; set; }

    /// <summary>Times of submission, admission, prompt computed, end; 0 while still to come.</summary>
    internal long SubmittedAt { get; set; }

    internal long AdmittedAt { get; set; }

    internal long PrefilledAt { get; set; }

    internal long EndedAt { get; set; }

    internal virtual RequestUsage Usage => new(
        _cached + _computed, _cached, _computed, _recomputed, 0, Speculated, Accepted, Preemptions,
        Between(SubmittedAt, AdmittedAt), Between(AdmittedAt, PrefilledAt), Between(PrefilledAt, EndedAt))
    { MovedTokens = _moved };

    /// <summary>Called once, before it is scheduled.</summary>
    /// <returns>True if it is done already.</returns>
    internal virtual bool Begin() => false;

    /// <summary>Takes one output.</summary>
    /// <param name="index">Index of the token that it stands behind.</param>
    /// <param name="logits">What may come next.</param>
    /// <returns>True if the request is done.</returns>
    internal abstract bool Take(int index, ReadOnlySpan<float> logits);

    /// <summary>Most of its tokens that one step may have.</summary>
    internal virtual int LongestPiece => int.MaxValue;

    /// <summary>Called when all its tokens are decoded and no output is wanted.</summary>
    internal virtual bool IsDoneWithoutOutput => false;

    /// <summary>What a recording holds of it.</summary>
    internal virtual RecordedRequest Describe() => new()
    {
        Number = Number,
        Rank = Rank,
        Tokens = EngineRecorder.Ids(Tokens),
        Namespace = Options.Namespace,
        KeepInCache = Options.KeepInCache,
        IsPinned = IsPinned,
        FirstOutput = FirstOutput,
        Leader = Leader?.Number ?? 0,
        Documents = Options.ChunkReuse is { } reuse ? [.. reuse.Documents.SelectMany(document => new[] { document.Start, document.Count, document.IsStable ? 1 : 0 })] : null,
        RecomputedTokens = Options.ChunkReuse?.RecomputedTokens ?? 0,
    };

    /// <summary>Frees what it holds, after its end.</summary>
    internal virtual void Release()
    {
        _cancellation.Unregister();
        ArrayPool<LlamaToken>.Shared.Return(_tokens);
        _tokens = [];
        Count = 0;
    }

    /// <summary>Counts tokens of its sequence that were got from the cache.</summary>
    internal void CountCached(int from, int to)
    {
        _cached += Math.Max(0, Math.Min(to, PromptLength) - Math.Max(from, _highest));
        _highest = Math.Max(_highest, to);
    }

    /// <summary>Counts tokens of its sequence whose cells were moved there.</summary>
    internal void CountMoved(int from, int to)
    {
        CountCached(from, to);
        _moved += to - from;
    }

    /// <summary>Counts tokens of its sequence that were decoded.</summary>
    internal void CountComputed(int from, int to)
    {
        _computed += Math.Max(0, Math.Min(to, PromptLength) - Math.Max(from, _highest));
        _recomputed += Math.Max(0, Math.Min(to, _highest) - from);
        _highest = Math.Max(_highest, to);
    }

    /// <summary>Called once, when it is handed in.</summary>
    /// <param name="headStart">What a step of priority is worth.</param>
    /// <param name="token">Cancels it.</param>
    /// <param name="loop">Whose request it will be.</param>
    internal void Prepare(TimeSpan headStart, CancellationToken token, EngineLoop loop)
    {
        SubmittedAt = Stopwatch.GetTimestamp();
        Rank = SubmittedAt - (long)(Options.Priority * headStart.TotalSeconds * Stopwatch.Frequency);
        if (Options.Timeout is { } timeout)
            Deadline = SubmittedAt + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
        Activity = EngineMetrics.Begin(ActivityName);
        CancellationToken = token;
        if (token.CanBeCanceled)
            _cancellation = token.UnsafeRegister(static state =>
            {
                (EngineRequest request, EngineLoop loop) = ((EngineRequest, EngineLoop))state!;
                request.Cancel(loop);
            }, (this, loop));
    }

    /// <summary>Asks for its end; from any thread.</summary>
    internal void Cancel(EngineLoop loop)
    {
        _cancelled = true;
        loop.ReportCancelled();
    }

    protected void Append(LlamaToken token)
    {
        if (Count == _tokens.Length)
        {
            LlamaToken[] larger = ArrayPool<LlamaToken>.Shared.Rent(Count * 2);
            Tokens.CopyTo(larger);
            ArrayPool<LlamaToken>.Shared.Return(_tokens);
            _tokens = larger;
        }
        _tokens[Count++] = token;
        Appended?.Add(token);
    }

    private static TimeSpan Between(long from, long to) => from == 0 || to == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(from, to);
}
