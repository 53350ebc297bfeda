namespace LlamaSpan;

/// <summary>How often one request's guesses come true, and when to try again after guessing did not pay.</summary>
internal sealed class DraftPace
{
    private const double Weight = 0.25;      // of the last guess: texts change between quoting and telling
    private const int LongestPause = 64;

    private double _rate = 0.7;
    private int _pause = 1, _waiting;

    /// <summary>Tokens to be had of a guess of a length: the sum of the chances that all up to each are right.</summary>
    internal double Expected(int length) => _rate * (1 - Math.Pow(_rate, length)) / (1 - _rate);

    /// <summary>Told that no length pays; true if one is to be tried all the same.</summary>
    internal bool Retry()
    {
        if (_waiting-- > 0)
            return false;
        _waiting = _pause;
        _pause = Math.Min(LongestPause, _pause * 2);
        return true;
    }

    /// <summary>Told that guessing pays.</summary>
    internal void Pays() => (_pause, _waiting) = (1, 1);

    /// <summary>Told how a guess went.</summary>
    internal void Report(int drafted, int accepted)
    {
        double rate = accepted == drafted ? 1 : (double)accepted / (accepted + 1);
        _rate = Math.Min(0.98, _rate + Weight * (rate - _rate));
    }
}
