namespace LlamaSpan;

/// <summary>
/// The text behind a prompt as it comes: chooses tokens, holds them to a constraint, forces those about which there is no choice, closes the text at its
/// limit and knows when it ends. Once warm it allocates nothing.
/// </summary>
internal sealed class GeneratedText
{
    private readonly GenerationOptions _options;
    private readonly TokenTable _table;
    private readonly OutputText _text;
    private readonly TokenLogProbability[] _top;
    private bool _chosen;      // the last token is the model's

    /// <param name="options">How to generate.</param>
    /// <param name="vocabulary">The model's.</param>
    /// <param name="stream">Which of the samples with one seed it is.</param>
    internal GeneratedText(GenerationOptions options, Vocabulary vocabulary, ulong stream = 0)
    {
        (_options, _table) = (options, vocabulary.Tokens);
        Sampler = new Sampler(options.Sampling, vocabulary, stream);
        Forced = new ForcedTokens(options, vocabulary);
        _text = new OutputText(_table, options.SpellSpecialTokens, options.StopStrings);
        _top = new TokenLogProbability[options.LogProbabilities ?? 0];
    }

    internal Sampler Sampler { get; }

    internal ITokenConstraint? Constraint { get; private set; }

    internal ForcedTokens Forced { get; }

    /// <summary>How many tokens there are.</summary>
    internal int Count { get; private set; }

    /// <summary>Why it ended; none while it goes on.</summary>
    internal FinishReason FinishReason { get; private set; }

    /// <summary>The token that the model chose last, taken or not.</summary>
    internal LlamaToken Drawn { get; private set; } = LlamaToken.None;

    /// <summary>What else was probable where the last token was chosen, if the options ask for it; nothing for a forced one.</summary>
    internal ReadOnlySpan<TokenLogProbability> Top => _chosen ? _top : default;

    /// <summary>Begins a text.</summary>
    /// <param name="prompt">What it stands behind.</param>
    /// <param name="constraint">Which tokens may come; null for all.</param>
    /// <param name="left">How many tokens may come, the context's room counted; so in the other calls.</param>
    internal void Begin(ReadOnlySpan<LlamaToken> prompt, ITokenConstraint? constraint, int left)
    {
        Constraint = constraint;
        if (Sampler.UsesHistory)
            Sampler.Accept(prompt);
        Forced.Begin(constraint, left);
    }

    /// <summary>Forgets the text, to begin another: as if made anew.</summary>
    internal void Reset()
    {
        Sampler.Renew();
        _text.Reset();
        Forced.Begin(null, 0);
        (Constraint, Count, FinishReason, Drawn, _chosen) = (null, 0, FinishReason.None, LlamaToken.None, false);
    }

    /// <summary>Takes the next token that is forced; false if the model has to be asked.</summary>
    internal bool TryTakeForced(out LlamaToken token)
    {
        _chosen = false;
        return Forced.TryTake(out token);
    }

    /// <summary>Chooses the next token: the model's, or the first of an end where there is no room for more than that.</summary>
    /// <returns>The token, to be appended; none if the text ends here: then it has a reason to, and is to be finished for that.</returns>
    internal LlamaToken Choose(ReadOnlySpan<float> logits, int left, out float logProbability)
    {
        (Drawn, logProbability) = (LlamaToken.None, float.NaN);
        Drawn = Sampler.Choose(logits, Constraint);
        if (_options.CloseAtLimit && !Forced.LeavesRoom(Drawn, left))
        {
            if (!TryTakeForced(out LlamaToken end))
                FinishReason = FinishReason.Length;
            return end;
        }
        _chosen = true;
        if (_options.LogProbabilities is not null)
            logProbability = Sampler.LogProbability(DistributionKind.Model, logits, Drawn, _top);
        if (!_table.IsEndOfGeneration(Drawn) || _options.IgnoreEndOfGeneration)
            return Drawn;
        FinishReason = FinishReason.EndOfGeneration;
        return LlamaToken.None;
    }

    /// <summary>Appends a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="isLast">Whether there is room for no other.</param>
    /// <returns>Text that is certain now; valid until the next call.</returns>
    internal ReadOnlySpan<byte> Append(LlamaToken token, bool isLast = false)
    {
        Sampler.Accept(token);
        Constraint?.Accept(token);
        Count++;
        ReadOnlySpan<byte> text = _text.Append(token);
        if (_text.StopFound)
            FinishReason = FinishReason.StopString;
        else if (isLast || Count == _options.MaxTokens || Forced.IsClosed)
            text = Finish(FinishReason.Length, text);
        return text;
    }

    /// <summary>Ends the text where it stands.</summary>
    /// <param name="reason">Why, unless a stop string comes up at its end.</param>
    /// <param name="text">What the last <see cref="Append"/> gave, if it was not given out yet.</param>
    /// <returns>That, and what was held back; valid until the next call.</returns>
    internal ReadOnlySpan<byte> Finish(FinishReason reason, ReadOnlySpan<byte> text = default)
    {
        text = _text.Finish(text);
        FinishReason = _text.StopFound ? FinishReason.StopString : reason;
        return text;
    }
}
