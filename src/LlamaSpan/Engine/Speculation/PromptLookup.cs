namespace LlamaSpan;

/// <summary>
/// Guesses that a text goes on as it did where its end stood before: answers that quote their prompt (Saxena, "Prompt lookup decoding",
/// 2023). It looks at every place how its guess would have gone, whether or not it is made, so that only those are made that pay.
/// </summary>
/// <param name="most">Most tokens of a guess.</param>
internal sealed class PromptLookup(int most) : IGuessPace
{
    private readonly TokenAutomaton _text = new();
    private readonly Place[] _places = new Place[most];      // whose guesses were right so far
    private int _open;
    private Speculation? _speculation;
    private GuessRuns? _runs;
    private int _kind;

    /// <summary>A place in the text, and how it would go on.</summary>
    /// <param name="Kind">The kind of guess.</param>
    /// <param name="At">The place.</param>
    /// <param name="Source">The place that it is taken for.</param>
    private readonly record struct Place(int Kind, int At, int Source);

    /// <summary>Begins a text.</summary>
    internal void Read(ReadOnlySpan<LlamaToken> prompt)
    {
        foreach (LlamaToken token in prompt)
            _text.Append(token);
        Look();
    }

    /// <summary>Appends a token to the text.</summary>
    internal void Accept(LlamaToken token)
    {
        int count = _text.Text.Count, open = 0;
        for (int i = 0; i < _open; i++)
        {
            Place place = _places[i];
            int run = count - place.At;
            bool right = _text.Text[place.Source + run] == token;
            if (right && run + 1 < most)
                _places[open++] = place;
            else
                _runs?.Report(place.Kind, right ? run + 1 : run, most);
        }
        _open = open;
        _text.Append(token);
        Look();
    }

    /// <summary>Writes tokens that may come next.</summary>
    /// <param name="speculation">Knows how others' guesses went.</param>
    /// <param name="draft">At most as many places as a guess has.</param>
    /// <returns>How many; 0 for no guess.</returns>
    internal int Draft(Speculation speculation, Span<LlamaToken> draft)
    {
        Learn(speculation);
        (int length, int end) = _text.LongestRepeat();
        if (length == 0)
            return 0;
        _kind = GuessRuns.KindOf(length);
        int known = _text.Text.Count - end;
        for (int i = 0; i < draft.Length; i++)
            draft[i] = i < known ? _text.Text[end + i] : draft[i - known];      // it goes round
        return draft.Length;
    }

    /// <summary>Takes a guess that a constraint leaves no choice about for its own.</summary>
    internal void TakeForced(Speculation speculation)
    {
        Learn(speculation);
        _kind = GuessRuns.Forced;
    }

    /// <summary>Tells how a guess went; what came of the text's repeats is known without.</summary>
    internal void Report(int drafted, int accepted)
    {
        if (_kind == GuessRuns.Forced)
            _runs!.Report(GuessRuns.Forced, accepted, drafted);
    }

    public double Expected(int length) => _runs!.Expected(_kind, length);

    public void Pays() => _speculation!.LookupRetries.Pays();

    public bool Retry() => _speculation!.LookupRetries.IsDue();

    public int Trial(int best) => best;      // what wide steps cost may have been measured in a bad moment

    private void Learn(Speculation speculation)
    {
        _speculation = speculation;
        _runs ??= speculation.Runs.OfOne();
    }

    private void Look()
    {
        (int length, int end) = _text.LongestRepeat();
        if (length > 0 && _open < most)
            _places[_open++] = new Place(GuessRuns.KindOf(length), _text.Text.Count, end);
    }
}
