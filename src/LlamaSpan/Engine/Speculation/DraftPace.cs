namespace LlamaSpan;

/// <summary>How often one request's guesses of a draft model come true, and when to try again after guessing did not pay.</summary>
internal sealed class DraftPace : IGuessPace
{
    private const double Weight = 0.25;      // of the last guess: texts change between quoting and telling
    private const int TrialLength = 2;       // only trying tells whether guesses come true

    private readonly Retries _retries = new();
    private double _rate = 0.7;

    public double Expected(int length) => _rate * (1 - Math.Pow(_rate, length)) / (1 - _rate);

    public void Pays() => _retries.Pays();

    public bool Retry() => _retries.IsDue();

    public int Trial(int best) => TrialLength;

    /// <summary>Told how a guess went.</summary>
    internal void Report(int drafted, int accepted)
    {
        double rate = accepted == drafted ? 1 : (double)accepted / (accepted + 1);
        _rate = Math.Min(0.98, _rate + Weight * (rate - _rate));
    }
}
