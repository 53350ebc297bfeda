namespace LlamaSpan;

/// <summary>How a run of cached tokens was used.</summary>
/// <param name="Count">How many requests took it from the cache.</param>
/// <param name="Last">The number of the request that did so, or made it, last.</param>
internal readonly record struct PrefixUse(int Count, long Last)
{
    /// <summary>Depth at which attending to the tokens in front costs as much as the rest of a token's computation; a rough middle of common models.</summary>
    private const double AttentionDepth = 4096;

    /// <summary>
    /// What keeping a token is worth, to be compared only: the cost of computing it again, which grows with its depth, times how often it
    /// was used per request since (hyperbolic caching: Blankstein et al., USENIX ATC 2017).
    /// </summary>
    internal double ValueOfToken(int depth, long now) =>
        (1 + depth / AttentionDepth) * (1 + Count) / (1 + Math.Max(0, now - Last));
}
