namespace LlamaSpan;

/// <summary>
/// Decides how far streams guess ahead: as far as brings most tokens a second, by how often guesses came true and what wider steps and the
/// draft model were measured to cost; not at all where a plain step is faster. Used on the engine's thread.
/// </summary>
internal sealed class Speculation(DraftModel? model, StepCost cost)
{
    private const double LeastGain = 1.02;
    private readonly List<GenerationRequest> _asked = [];
    private double _tokens, _guessTime;      // of the step being made: what it is expected to bring, what guessing takes
    private int _width, _streams;
    private bool _known;

    /// <summary>The draft model; null for none.</summary>
    internal DraftModel? Model => model;

    /// <summary>How guesses went that texts were looked up for.</summary>
    internal GuessRuns Runs { get; } = new();

    /// <summary>When to make such guesses again though they do not seem to pay.</summary>
    internal Retries LookupRetries { get; } = new();

    /// <summary>Fixes how many tokens are guessed, whatever they cost; for replays and tests.</summary>
    internal Func<int, int>? Forced { get; set; }

    /// <summary>Begins a step.</summary>
    /// <param name="streams">Streams in it.</param>
    /// <param name="width">Their tokens.</param>
    internal void Begin(int streams, int width)
    {
        (_streams, _width, _tokens, _guessTime) = (streams, width, streams, 0);
        _known = cost.IsKnown(width);
        _asked.Clear();
    }

    /// <summary>How many tokens a stream shall guess.</summary>
    /// <param name="pace">How its guesses went.</param>
    /// <param name="most">Most tokens.</param>
    /// <param name="byModel">True if the draft model guesses.</param>
    internal int LengthFor(IGuessPace pace, int most, bool byModel)
    {
        if (Forced is { } forced)
            return Math.Min(forced(most), most);
        if (!_known)
            return 0;      // without a plain step to compare with
        double timePerToken = byModel ? model!.SecondsPerRound / _streams : 0;      // the streams guess together
        int best = 0, nearest = 1;
        double bestRate = LeastGain * _tokens / (cost.Of(_width) + _guessTime), nearestRate = 0;
        for (int length = 1; length <= most; length++)
        {
            double rate = (_tokens + pace.Expected(length)) / (cost.Of(_width + length) + _guessTime + length * timePerToken);
            if (rate > bestRate)
                (best, bestRate) = (length, rate);
            if (rate > nearestRate)
                (nearest, nearestRate) = (length, rate);
        }
        if (best > 0)
            pace.Pays();
        else if (pace.Retry())
            best = Math.Min(most, pace.Trial(nearest));
        (_tokens, _width, _guessTime) = (_tokens + pace.Expected(best), _width + best, _guessTime + best * timePerToken);
        return best;
    }

    /// <summary>Has the draft model guess for a request, with others'.</summary>
    internal void Ask(GenerationRequest request) => _asked.Add(request);

    /// <summary>Gets the draft model's guesses.</summary>
    internal void Guess()
    {
        if (_asked.Count == 0)
            return;
        model!.Guess(_asked);
        foreach (GenerationRequest request in _asked)
            request.TakeModelGuess();
    }

    /// <summary>Frees what the draft model holds of a request.</summary>
    internal void Leave(EngineRequest request)
    {
        if (request is GenerationRequest { ModelDrafter: { } drafter } generation)
            model!.Leave(drafter, generation);
    }

    /// <summary>A step of streams alone was computed.</summary>
    internal void Measure(int width, double seconds) => cost.Measure(width, seconds);
}
