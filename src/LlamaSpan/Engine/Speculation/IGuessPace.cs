namespace LlamaSpan;

/// <summary>What is known of how often guesses come true.</summary>
internal interface IGuessPace
{
    /// <summary>Tokens to be had of a guess of a length: the sum of the chances that all up to each are right.</summary>
    double Expected(int length);

    /// <summary>Told that guessing pays.</summary>
    void Pays();

    /// <summary>Told that no length pays; true if one is to be tried all the same.</summary>
    bool Retry();

    /// <summary>The length to try then.</summary>
    /// <param name="best">The one that comes nearest to paying.</param>
    int Trial(int best);
}
