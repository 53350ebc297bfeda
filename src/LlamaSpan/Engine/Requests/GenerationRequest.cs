using System.Runtime.ExceptionServices;

namespace LlamaSpan;

/// <summary>Generates a text behind a prompt.</summary>
internal sealed class GenerationRequest : EngineRequest
{
    internal const int LongestStep = 32;      // more tokens than this take their turn among the prompts

    private readonly TokenTable _table;
    private readonly ForcedTokens _forced;
    private readonly Sampler _sampler;
    private readonly ITokenConstraint? _constraint;
    private readonly OutputText _text;
    private readonly TokenLogProbability[] _top;
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
        _constraint = options.Grammar?.CreateConstraint(_table) ?? options.Constraint?.Invoke();
        if (_constraint is not null && _constraint.VocabularySize != _table.Count)
            throw new ArgumentException($"The constraint is for {_constraint.VocabularySize} tokens; the vocabulary has {_table.Count}.", nameof(options));
        _sampler = new Sampler(options.Sampling, vocabulary, stream);
        _text = new OutputText(_table, options.SpellSpecialTokens, options.StopStrings);
        _top = options.LogProbabilities is > 0 and int count ? new TokenLogProbability[count] : [];
        if (_sampler.UsesHistory)
            _sampler.Accept(prompt);
        if (options.PromptLookup > 0)
        {
            _lookup = new PromptLookup(options.PromptLookup);
            _lookup.Read(prompt);
        }
        _draft = new LlamaToken[options.PromptLookup];
        _forced = new ForcedTokens(vocabulary);
        _forced.Begin(options, _constraint, Left);
    }

    /// <summary>Told of every output; for tests.</summary>
    internal Action<int, float[]>? Observer { get; set; }

    internal override int FirstOutput => Count - 1;

    internal override string ActivityName => "llamaspan.generate";

    internal override bool IsStreaming => PrefilledAt != 0 && Remaining is > 0 and <= LongestStep;

    internal override long LongestLength => (long)PromptLength + Options.MaxTokens;

    internal override RequestUsage Usage => base.Usage with { ForcedTokens = _forced.Count };

    private int Left => Math.Min(Options.MaxTokens - Generated, _contextSize - Count);

    internal override ReadOnlySpan<LlamaToken> Drafted => _draft.AsSpan(0, _drafted);

    /// <summary>What the draft model guesses; null for nothing.</summary>
    internal ModelDrafter? ModelDrafter { get; private set; }

    /// <summary>Lets the draft model guess.</summary>
    /// <param name="most">Most tokens of a guess.</param>
    internal void DraftWithModel(int most)
    {
        ModelDrafter = new ModelDrafter(_sampler, _constraint, Options.IgnoreEndOfGeneration ? null : _table, most);
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
        int forced = _forced.Guess(draft);
        if (forced > 0)
            lookup.TakeForced(speculation);
        int count = forced > 0 ? forced : lookup.Draft(speculation, draft);
        if (_constraint is null)
            return count;
        int allowed = 0;
        while (allowed < count && _constraint.IsAllowed(draft[allowed]) && !_table.IsEndOfGeneration(draft[allowed]))
            _constraint.Accept(draft[allowed++]);
        if (allowed > 0)
            _constraint.Rollback(allowed);
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
        if (Appended is not null && _constraint is not null)
            Allowed = _constraint.AllowedMask().ToArray();
        LlamaToken token = _sampler.Choose(logits, _constraint);
        Drawn = token;
        if (Options.CloseAtLimit && !_forced.LeavesRoom(token, Left))
            return EmitForced() || Finish(FinishReason.Length);
        float logProbability = Options.LogProbabilities is null ? float.NaN : _sampler.LogProbability(DistributionKind.Model, logits, token, _top);
        if (_table.IsEndOfGeneration(token) && !Options.IgnoreEndOfGeneration)
            return Finish(FinishReason.EndOfGeneration);
        if (Emit(token, logProbability, _top))
            return true;
        _forced.Force(Left);
        return EmitForced();
    }

    /// <summary>Appends what need not be asked of the model; true if that ends the text.</summary>
    private bool EmitForced()
    {
        while (_forced.TryTake(out LlamaToken token))
            if (Emit(token, float.NaN, default))
                return true;
        return _forced.MustEnd && Finish(FinishReason.ConstraintComplete);
    }

    private bool Emit(LlamaToken token, float logProbability, ReadOnlySpan<TokenLogProbability> top)
    {
        _sampler.Accept(token);
        _constraint?.Accept(token);
        Append(token);
        _lookup?.Accept(token);
        Generated++;
        ReadOnlySpan<byte> text = _text.Append(token);
        if (_text.StopFound)
            FinishReason = FinishReason.StopString;
        else if (Generated == Options.MaxTokens || Count > _contextSize || _forced.IsClosed)
            text = Flush(text, FinishReason.Length);
        Sink.Add(token, text, logProbability, top);
        return FinishReason != FinishReason.None;
    }

    /// <summary>Ends the text where it stands.</summary>
    internal bool Finish(FinishReason reason)
    {
        ReadOnlySpan<byte> text = Flush(default, reason);
        if (!text.IsEmpty)
            Sink.Add(LlamaToken.None, text, float.NaN, default);
        return true;
    }

    internal override RecordedRequest Describe() => base.Describe() with
    {
        Generates = true,
        MaxTokens = Options.MaxTokens,
        Sampling = Options.Sampling with { Seed = _sampler.Seed },
        Stream = _sampler.Stream,
    };

    internal override void Release()
    {
        try
        {
            (_constraint as IDisposable)?.Dispose();
        }
        catch
        {
            // the caller's own, and no reason for the engine to end
        }
        base.Release();
    }

    private ReadOnlySpan<byte> Flush(ReadOnlySpan<byte> text, FinishReason reason)
    {
        text = _text.Finish(text);
        FinishReason = _text.StopFound ? FinishReason.StopString : reason;
        return text;
    }
}
