using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>
/// A draft model's context: it guesses for all streams together, one token of each a round, and keeps its own cache of prompts. Used on the
/// engine's thread.
/// </summary>
internal sealed class DraftModel : IDisposable
{
    private const int MostFailures = 3;

    private readonly LlamaContext _context;
    private readonly SequenceCache _cache;
    private readonly LlamaBatch _batch;
    private readonly TimeProvider _clock;
    private readonly int _vocabularySize, _tokensPerStep;
    private readonly float[] _padded;
    private readonly List<(ModelDrafter Drafter, int Row)> _ready = [];
    private readonly List<CachedSequence> _growing = [];
    private int _failures;

    private DraftModel(LlamaContext context, EngineOptions options, Vocabulary target)
    {
        (_context, _clock, _vocabularySize) = (context, options.Clock, target.Size);
        _tokensPerStep = Math.Min(context.BatchSize, options.TokensPerStep);
        _cache = new SequenceCache(context, new SequencePool(options.MaxSequences, options.CachedSequences), new ReuseRules(false, context.Model.SlidingWindow));
        _batch = new LlamaBatch(context.BatchSize);
        _padded = context.Model.Vocabulary.Size == target.Size ? [] : new float[target.Size];
    }

    /// <summary>Seconds in which each stream gets one guess, as measured; 0 before.</summary>
    internal double SecondsPerRound { get; private set; }

    internal SequenceCache Cache => _cache;

    internal LlamaContext Context => _context;

    /// <exception cref="ArgumentException">The draft model does not fit the model.</exception>
    /// <exception cref="ContextException">Its context could not be made.</exception>
    internal static DraftModel Create(DraftOptions draft, EngineOptions options, LlamaModel target, int contextSize)
    {
        if (draft.Model.IsRecurrent)
            throw new ArgumentException($"{draft.Model.Description} has a recurrent state, which cannot take guesses back: it cannot be a draft model.", nameof(options));
        if (draft.Model.HasEncoder)
            throw new ArgumentException($"{draft.Model.Description} has an encoder: it cannot be a draft model.", nameof(options));
        DraftVocabulary.Check(target.Vocabulary, draft.Model.Vocabulary, nameof(options));
        ContextOptions wanted = draft.Context ?? options.Context with { ContextSize = contextSize };
        LlamaContext context = draft.Model.CreateContext(wanted with
        {
            MaxSequences = options.MaxSequences + options.CachedSequences + 1,
            UnifiedCache = true,
            FullSlidingWindowCache = true,
            Embeddings = false,
        });
        return new DraftModel(context, options, target.Vocabulary);
    }

    /// <summary>Guesses for some requests as many tokens as each wants; a long text is read first, a piece at each call.</summary>
    internal void Guess(List<GenerationRequest> requests)
    {
        if (_failures >= MostFailures)
            return;
        _ready.Clear();
        _batch.Clear();
        _growing.Clear();
        foreach (GenerationRequest request in requests)
            CatchUp(request);
        int texts = requests.Count;
        while (_batch.Count > 0 && Decode(isRound: _batch.Count <= 2 * texts) && _ready.Count > 0)
            AddGuesses();
        foreach (GenerationRequest request in requests)
            request.ModelDrafter!.TakeBack();
    }

    /// <summary>Ends a request's use of its sequence; what it has of the text stays in the cache.</summary>
    internal void Leave(ModelDrafter drafter, GenerationRequest request)
    {
        if (drafter.Sequence is not { } sequence)
            return;
        int valid = Math.Min(sequence.Total, drafter.Valid(request.Tokens));
        if (valid < sequence.Total && _cache.Rules.CanCut(sequence))
            _cache.Cut(sequence, valid);
        _cache.Close(sequence, request.Tokens[..Math.Min(sequence.Total, request.Count)], request.Options.KeepInCache && sequence.Total <= valid);
        drafter.Sequence = null;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _context.Dispose();
    }

    /// <summary>Adds what a request's sequence lacks of its text to the batch.</summary>
    private void CatchUp(GenerationRequest request)
    {
        ModelDrafter drafter = request.ModelDrafter!;
        ReadOnlySpan<LlamaToken> text = request.Tokens;
        CachedSequence sequence = drafter.Sequence ??= _cache.Open(request.Options.Namespace);      // there are as many as requests can run
        int valid = drafter.Valid(text);
        drafter.Begin(text.Length);
        if (valid < sequence.Total && !_cache.Rules.CanCut(sequence))
            return;      // a sliding window has lost what would be in it then
        if (valid < sequence.Total)
            _cache.Cut(sequence, valid);
        if (_cache.Reuse(sequence, text, Math.Min(request.PromptLength, text.Length - 1)))
            return;      // another one is reading the same
        int count = Math.Min(text.Length - sequence.Total, Math.Max(0, _tokensPerStep - _batch.Count));
        if (count == 0 || !IsKnown(text.Slice(sequence.Total, count)) || !_cache.MakeRoom(count))
            return;
        bool isPrompt = sequence.Total < request.PromptLength;
        Add(sequence, text.Slice(sequence.Total, count), isPrompt, output: sequence.Total + count == text.Length);
        if (sequence.Total == text.Length)
            _ready.Add((drafter, _batch.Count - 1));
    }

    /// <summary>Takes a guess of each, and adds those that others shall stand behind to the batch.</summary>
    private void AddGuesses()
    {
        _batch.Clear();
        _growing.Clear();
        int left = 0;
        foreach ((ModelDrafter drafter, int row) in CollectionsMarshal.AsSpan(_ready))
        {
            if (!drafter.Guess(Logits(row)) || _batch.Count == _context.BatchSize || !_cache.MakeRoom(1))
                continue;
            Add(drafter.Sequence!, [drafter.Last], isPrompt: false, output: true);
            _ready[left++] = (drafter, _batch.Count - 1);
        }
        _ready.RemoveRange(left, _ready.Count - left);
    }

    private void Add(CachedSequence sequence, ReadOnlySpan<LlamaToken> tokens, bool isPrompt, bool output)
    {
        for (int i = 0; i < tokens.Length; i++)
            _batch.Add(tokens[i], sequence.Total + i, sequence.Sequence, output && i == tokens.Length - 1);
        _cache.Grow(sequence, tokens, share: isPrompt);
        _growing.Add(sequence);
    }

    /// <summary>False if it failed: then nothing more is guessed now, and after some failures no more at all.</summary>
    private bool Decode(bool isRound)
    {
        long startedAt = _clock.GetTimestamp();
        try
        {
            _context.Decode(_batch);
        }
        catch (DecodeException)
        {
            _failures++;
            foreach (CachedSequence sequence in _growing)
                _cache.TakeBack(sequence);
            return false;
        }
        foreach (CachedSequence sequence in _growing)
            SequenceCache.Settle(sequence);
        if (isRound)
        {
            double seconds = _clock.GetElapsedTime(startedAt).TotalSeconds;
            SecondsPerRound += (seconds - SecondsPerRound) * (SecondsPerRound == 0 ? 1 : 0.1);
        }
        return true;
    }

    /// <summary>Logits for each token of the model's vocabulary; those that the draft model lacks cannot be guessed.</summary>
    private ReadOnlySpan<float> Logits(int row)
    {
        ReadOnlySpan<float> logits = _context.Logits(row);
        if (_padded.Length == 0)
            return logits;
        _padded.AsSpan().Fill(float.NegativeInfinity);
        logits[..Math.Min(logits.Length, _vocabularySize)].CopyTo(_padded);
        return _padded;
    }

    private bool IsKnown(ReadOnlySpan<LlamaToken> tokens)
    {
        int size = _context.Model.Vocabulary.Size;
        foreach (LlamaToken token in tokens)
            if (token.Id >= size)
                return false;
        return true;
    }
}
