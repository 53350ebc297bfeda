namespace LlamaSpan;

/// <summary>
/// One request's guesses of a draft model. They are drawn with the request's own sampler, from the same random numbers as the model's draw at
/// that place will be, and under its constraint; both are taken back when the guess is made.
/// </summary>
internal sealed class ModelDrafter(Sampler sampler, ITokenConstraint? constraint, TokenTable? ends, int most)
{
    private readonly LlamaToken[] _guesses = new LlamaToken[most];
    private int _start;

    /// <summary>Its sequence in the draft model's context; null for none.</summary>
    internal CachedSequence? Sequence { get; set; }

    /// <summary>Most tokens it may be asked for.</summary>
    internal int Most => most;

    /// <summary>How many tokens are asked for.</summary>
    internal int Wanted { get; set; }

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>The last one.</summary>
    internal LlamaToken Last => _guesses[Count - 1];

    internal DraftPace Pace { get; } = new();

    /// <summary>The guesses that stand behind so many tokens.</summary>
    internal ReadOnlySpan<LlamaToken> Behind(int count) => _start == count ? _guesses.AsSpan(0, Count) : default;

    /// <summary>How many of the sequence's cells are right, now that the text is known; at least the last token must be computed for its output.</summary>
    internal int Valid(ReadOnlySpan<LlamaToken> text)
    {
        int right = _start < text.Length ? _start + text[_start..].CommonPrefixLength(_guesses.AsSpan(0, Count)) : text.Length;
        return Math.Min(Math.Min(Sequence!.Total, right), text.Length - 1);
    }

    /// <summary>Begins guesses behind a text.</summary>
    internal void Begin(int count) => (_start, Count) = (count, 0);

    /// <summary>Guesses a token; false if there is none to be had, or none more is wanted.</summary>
    internal bool Guess(ReadOnlySpan<float> logits)
    {
        LlamaToken token;
        try
        {
            token = sampler.Choose(logits, constraint);
            if (ends is not null && ends.IsEndOfGeneration(token))
                return false;
            constraint?.Accept(token);
        }
        catch (Exception)
        {
            return false;      // where the model itself comes to it, that is the request's end
        }
        sampler.Accept(token);
        _guesses[Count++] = token;
        return Count < Wanted;
    }

    /// <summary>What the constraint threw when it was to take guesses back: with it the request cannot go on.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Brings sampler and constraint back to the text's end.</summary>
    internal void TakeBack()
    {
        sampler.Rollback(Count);
        try
        {
            if (Count > 0)
                constraint?.Rollback(Count);
        }
        catch (Exception error)
        {
            Failure = error;
        }
    }
}
