namespace LlamaSpan;

/// <summary>Runs an engine's recorded steps again, on a context of its own: the same scheduler and cache, with the same things from outside.</summary>
internal sealed class EngineReplay : IDisposable
{
    private readonly CapsuleContent _content;
    private readonly LlamaModel _model;
    private readonly EngineOptions _options;
    private readonly LlamaContext _context;
    private readonly EngineLoop _loop;
    private readonly EngineRecorder _recorder = new();
    private readonly ReplayedStore? _store;
    private readonly ReplayScript _script;
    private readonly Dictionary<long, RecordedRequest> _recorded;
    private readonly Dictionary<long, ReplayedRequest> _requests = [];
    private int _step;

    internal EngineReplay(CapsuleContent content, LlamaModel model, float bound, int? threads)
    {
        (_content, _model) = (content, model);
        _script = new ReplayScript(bound, [.. content.Masks.Select(mask => AllowedTokens.Read(mask, model.Vocabulary.Tokens.Count))]);
        _recorded = content.Requests.ToDictionary(request => request.Number);
        EngineOptions options = _options = new()
        {
            Context = threads is { } count ? content.Context with { Threads = count, BatchThreads = count } : content.Context,
            MaxSequences = content.MaxSequences,
            CachedSequences = content.CachedSequences,
            CacheLayout = content.CacheLayout,
            TokensPerStep = content.TokensPerStep,
            ReservedTokens = content.ReservedTokens,
            HostMemoryBytes = content.HostMemoryBytes,
            MaxWaiting = 1 << 24,
        };
        options.Validate();
        _context = model.CreateContext(options.ContextFor(model));
        try
        {
            if ($"{_context.Key():x32}" != content.CacheKey)
                throw new CapsuleException("The capsule was recorded with another kind of cache.");
            _store = content.HasTiers ? new ReplayedStore(_context, _recorder) : null;
            SequenceCache cache = new(_context, new SequencePool(options.MaxSequences, options.CachedSequences), options.RulesFor(model), _store);
            _loop = new EngineLoop(_context, cache, options, new Speculation(null, new StepCost())) { Recorder = _recorder };
            _context.Interposer = call => _content.Steps[_step].Failure is { } failure ? StatusOf(failure) : call();
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    internal ReplayResult Run(CancellationToken cancellationToken)
    {
        for (_step = 0; _step < _content.Steps.Count && _script.Difference is null; _step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RecordedStep step = _content.Steps[_step];
            _script.Begin(_step, step);
            _store?.Begin(step);
            foreach (RecordedEvent what in step.Events)
                Apply(what);
            foreach (ReplayedRequest request in _requests.Values)
            {
                request.Consumer.Fill(step.Paused.Contains(request.Number));
                request.Guesses = step.Batch.Find(share => share.Request == request.Number)?.Guesses ?? [];
            }
            _loop.Step();
            CompareBatches(step.Batch, _recorder.Steps[^1].Batch);
            _script.End();
            foreach (ReplayedRequest ended in _requests.Values.Where(request => request is { IsFinished: true, IsPinned: false }).ToList())
                _requests.Remove(ended.Number);
        }
        RunTexts(cancellationToken);
        return new ReplayResult(_step, _script.Compared, _script.Ties, _script.LargestError, _script.Difference);
    }

    /// <summary>Embeds or ranks again what was.</summary>
    private void RunTexts(CancellationToken cancellationToken)
    {
        if (_content.Texts.Count == 0 || _script.Difference is not null)
            return;
        using TextEmbedder embedder = TextEmbedder.Make(_model, _options.Context);
        for (int batch = 0; batch < _content.Texts.Count && _script.Difference is null; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LlamaToken[][] texts = [.. _content.Texts[batch].Tokens.Select(text => text.Select(id => new LlamaToken(id)).ToArray())];
            foreach (LlamaToken token in texts.SelectMany(text => text))
                _model.Vocabulary.CheckToken(token);
            _script.Compare(batch, _content.Texts[batch], embedder.Compute(texts));
        }
    }

    public void Dispose()
    {
        _loop.Close();
        _context.Dispose();
    }

    private void Apply(RecordedEvent what)
    {
        switch (what.Action)
        {
            case RecordedAction.Submit:
                Submit(_recorded.GetValueOrDefault(what.Request) ?? throw Unknown(what.Request));
                break;
            case RecordedAction.End:
                if (Find(what.Request) is { IsFinished: false } request)
                    _loop.EndFromOutside(request, new OperationCanceledException());
                break;
            case RecordedAction.Clear:
                _loop.Clear();
                break;
            case RecordedAction.Unpin:
                if (Find(what.Request).Consumer.Pinned is { } pinned)
                    _loop.Unpin(pinned, what.Request);
                break;
        }
    }

    private void Submit(RecordedRequest recorded)
    {
        foreach (int token in recorded.Tokens)
            _model.Vocabulary.CheckToken(new LlamaToken(token));
        ReplayedRequest request = new(recorded, _script, _model.Vocabulary);
        if (recorded.Leader != 0)
        {
            request.Leader = Find(recorded.Leader);
            request.Leader.Followers.Add(request);
        }
        _requests.Add(request.Number, request);
        _loop.Ledger.Submit(1);
        _loop.Schedule(request);
    }

    private ReplayedRequest Find(long number) => _requests.GetValueOrDefault(number) ?? throw Unknown(number);

    private static CapsuleException Unknown(long number) => new($"The capsule is damaged: it speaks of request {number}, which it does not hold.");

    /// <summary>The batch that the scheduler made must be the recorded one.</summary>
    private void CompareBatches(List<RecordedShare> expected, List<RecordedShare> got)
    {
        for (int i = 0; i < Math.Max(expected.Count, got.Count); i++)
        {
            RecordedShare? was = expected.ElementAtOrDefault(i), now = got.ElementAtOrDefault(i);
            if (was is null || now is null || (was.Request, was.From, was.Count) != (now.Request, now.From, now.Count) || !was.Guesses.AsSpan().SequenceEqual(now.Guesses))
            {
                _script.Prefer(new ReplayDifference(_step, (was ?? now)!.Request, (was ?? now)!.From, Describe(was), Describe(now)));
                return;
            }
        }
    }

    private static string Describe(RecordedShare? share) => share is null
        ? "no more requests in the batch"
        : $"request {share.Request}, {share.Count} tokens from {share.From}{(share.Guesses.Length > 0 ? $", guessed {string.Join(' ', share.Guesses)}" : "")}";

    private static int StatusOf(DecodeFailure failure) => failure switch
    {
        DecodeFailure.NoKvSlot => 1,
        DecodeFailure.Aborted => 2,
        DecodeFailure.InvalidBatch => -1,
        _ => -3,
    };
}
