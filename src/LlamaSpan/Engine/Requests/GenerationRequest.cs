using System.Runtime.ExceptionServices;

namespace LlamaSpan;

/// <summary>Generates a text behind a prompt.</summary>
internal sealed class GenerationRequest : EngineRequest
{
    internal const int LongestStep = 32;      // more tokens than this take their turn among the prompts

    private readonly TokenTable _table;
    private readonly GeneratedText _text;
    private readonly int _contextSize;
    private readonly PromptLookup? _lookup;
    private LlamaToken[] _draft;
    private int _drafted;
    private bool _byModel;

    internal GenerationRequest(
        ReadOnlySpan<LlamaToken> prompt, RequestOptions options, RequestSink sink, Vocabulary vocabulary, ulong stream, int contextSize)
        : base(prompt, options, sink)
    {
        (_table, _contextSize) = (vocabulary.Tokens, contextSize);
        ITokenConstraint? constraint = options.Grammar?.CreateConstraint(_table) ?? options.Constraint?.Invoke();
        if (constraint is not null && constraint.VocabularySize != _table.Count)
            throw new ArgumentException($"The constraint is for {constraint.VocabularySize} tokens; the vocabulary has {_table.Count}.", nameof(options));
        _text = new GeneratedText(options, vocabulary, stream);
        if (options.PromptLookup > 0)
        {
            _lookup = new PromptLookup(options.PromptLookup);
            _lookup.Read(prompt);
        }
        _draft = new LlamaToken[options.PromptLookup];
        _text.Begin(prompt, constraint, Left);
    }

    /// <summary>Told of every output; for tests.</summary>
    internal Action<int, float[]>? Observer { get; set; }

    internal override FinishReason FinishReason => _text.FinishReason;

    internal override LlamaToken Drawn => _text.Drawn;

    internal override int FirstOutput => Count - 1;

    internal override string ActivityName => "llamaspan.generate";

    internal override bool IsStreaming => PrefilledAt != 0 && Remaining is > 0 and <= LongestStep;

    internal override long LongestLength => (long)PromptLength + Options.MaxTokens;

    internal override RequestUsage Usage => base.Usage with { GeneratedTokens = _text.Count, ForcedTokens = _text.Forced.Count };

    private int Left => Math.Min(Options.MaxTokens - _text.Count, _contextSize - Count);

    internal override ReadOnlySpan<LlamaToken> Drafted => _draft.AsSpan(0, _drafted);

    /// <summary>What the draft model guesses; null for nothing.</summary>
    internal ModelDrafter? ModelDrafter { get; private set; }

    /// <summary>Lets the draft model guess.</summary>
    /// <param name="most">Most tokens of a guess.</param>
    internal void DraftWithModel(int most)
    {
        ModelDrafter = new ModelDrafter(_text.Sampler, _text.Constraint, Options.IgnoreEndOfGeneration ? null : _table, most);
        Array.Resize(ref _draft, Math.Max(most, _draft.Length));
    }

    internal override int Draft(Speculation speculation, int most)
    {
        most = Math.Min(most, Left - 1);
        if (most <= 0)
            return 0;
        if (_lookup is not null)
            _drafted = LookUp(speculation, _lookup, _draft.AsSpan(0, Math.Min(most, Options.PromptLookup))) is > 0 and var found ? speculation.LengthFor(_lookup, found, byModel: false) : 0;
        _byModel = _drafted == 0;
        if (!_byModel || ModelDrafter is not { } model)
            return _drafted;
        if (model.Behind(Count).IsEmpty)
            model.Wanted = speculation.LengthFor(model.Pace, Math.Min(most, model.Most), byModel: true);
        if (model.Wanted > 0)
            speculation.Ask(this);
        return model.Wanted;
    }

    /// <summary>Guesses what the constraint leaves no choice about, else what the text holds, as far as the constraint allows that.</summary>
    private int LookUp(Speculation speculation, PromptLookup lookup, Span<LlamaToken> draft)
    {
        int forced = _text.Forced.Guess(draft);
        if (forced > 0)
            lookup.TakeForced(speculation);
        int count = forced > 0 ? forced : lookup.Draft(speculation, draft);
        if (_text.Constraint is not { } constraint)
            return count;
        int allowed = 0;
        while (allowed < count && constraint.IsAllowed(draft[allowed]) && !_table.IsEndOfGeneration(draft[allowed]))
            constraint.Accept(draft[allowed++]);
        if (allowed > 0)
            constraint.Rollback(allowed);
        return allowed;
    }

    /// <summary>Takes what the draft model has guessed.</summary>
    internal void TakeModelGuess()
    {
        ReadOnlySpan<LlamaToken> guess = ModelDrafter!.Behind(Count);
        guess.CopyTo(_draft);
        _drafted = guess.Length;
    }

    internal override void KeepDrafted(int most) => _drafted = Math.Min(_drafted, most);

    internal override void ReportDraft(int drafted, int accepted)
    {
        base.ReportDraft(drafted, accepted);
        if (_byModel)
            ModelDrafter!.Pace.Report(drafted, accepted);
        else
            _lookup!.Report(drafted, accepted);
    }

    internal override bool Begin() => EmitForced();

    internal override bool Take(int index, ReadOnlySpan<float> logits)
    {
        if (ModelDrafter?.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        Observer?.Invoke(index, logits.ToArray());
        if (Appended is not null && _text.Constraint is { } constraint)
            Allowed = constraint.AllowedMask().ToArray();
        LlamaToken token = _text.Choose(logits, Left, out float logProbability);
        if (FinishReason != FinishReason.None)
            return Finish(FinishReason);
        if (Emit(token, logProbability))
            return true;
        _text.Forced.Force(Left);
        return EmitForced();
    }

    /// <summary>Appends what need not be asked of the model; true if that ends the text.</summary>
    private bool EmitForced()
    {
        while (_text.TryTakeForced(out LlamaToken token))
            if (Emit(token, float.NaN))
                return true;
        return _text.Forced.MustEnd && Finish(FinishReason.ConstraintComplete);
    }

    private bool Emit(LlamaToken token, float logProbability)
    {
        ReadOnlySpan<byte> text = _text.Append(token, isLast: Count >= _contextSize);
        Append(token);
        _lookup?.Accept(token);
        Sink.Add(token, text, logProbability, _text.Top);
        return FinishReason != FinishReason.None;
    }

    /// <summary>Ends the text where it stands.</summary>
    internal bool Finish(FinishReason reason)
    {
        ReadOnlySpan<byte> text = _text.Finish(reason);
        if (!text.IsEmpty)
            Sink.Add(LlamaToken.None, text, float.NaN, default);
        return true;
    }

    internal override RecordedRequest Describe() => base.Describe() with
    {
        Generates = true,
        MaxTokens = Options.MaxTokens,
        Sampling = Options.Sampling with { Seed = _text.Sampler.Seed },
        Stream = _text.Sampler.Stream,
    };

    internal override void Release()
    {
        try
        {
            (_text.Constraint as IDisposable)?.Dispose();
        }
        catch
        {
            // the caller's own, and no reason for the engine to end
        }
        base.Release();
    }
}
