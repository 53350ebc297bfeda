namespace LlamaSpan;

/// <summary>
/// How many tokens of a guess come true, by what it follows from: for each kind of guess the share of those whose first token was right,
/// whose first two were, and so on. A text that has repeated itself for long mostly goes on so.
/// </summary>
internal sealed class GuessRuns
{
    /// <summary>The kind of guesses that a constraint leaves no choice about.</summary>
    internal const int Forced = 0;

    private const int Longest = 64;

    // before anything is known: the chance that a token is right, if those before it were
    private static readonly double[] s_rates = [0.95, 0.4, 0.65, 0.8, 0.85, 0.9, 0.95];

    private readonly double _weight;
    private readonly GuessRuns? _whole;
    private readonly double[] _shares = new double[s_rates.Length * Longest];

    /// <summary>Those of all requests.</summary>
    internal GuessRuns()
    {
        _weight = 0.02;
        for (int kind = 0; kind < s_rates.Length; kind++)
            for (int k = 0; k < Longest; k++)
                _shares[kind * Longest + k] = Math.Pow(s_rates[kind], k + 1);
    }

    private GuessRuns(GuessRuns whole)
    {
        (_weight, _whole) = (0.1, whole);
        whole._shares.CopyTo(_shares, 0);
    }

    /// <summary>The kind of guesses that follow a repeat of so many tokens, at least 1: of 1, of 2, of up to 4, 8, 16, of more.</summary>
    internal static int KindOf(int repeat) => Math.Min(s_rates.Length - 1, repeat == 1 ? 1 : 2 + System.Numerics.BitOperations.Log2((uint)(repeat - 1)));

    /// <summary>One request's, as far as it differs from the others.</summary>
    internal GuessRuns OfOne() => new(this);

    /// <summary>Tokens to be had of a guess.</summary>
    internal double Expected(int kind, int length)
    {
        double sum = 0;
        foreach (double share in _shares.AsSpan(kind * Longest, Math.Min(length, Longest)))
            sum += share;
        return sum;
    }

    /// <summary>Told how a guess went, or would have gone.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="right">How many of its tokens came true.</param>
    /// <param name="length">How many it had.</param>
    internal void Report(int kind, int right, int length)
    {
        Span<double> shares = _shares.AsSpan(kind * Longest, Math.Min(length, Longest));
        for (int k = 0; k < shares.Length; k++)
            shares[k] += _weight * ((k < right ? 1 : 0) - shares[k]);
        _whole?.Report(kind, right, length);
    }
}
