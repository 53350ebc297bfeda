namespace LlamaSpan;

/// <summary>Why a prompt is not wholly in the cache.</summary>
/// <param name="MatchedTokens">How many of its tokens are cached.</param>
/// <param name="Wanted">The first token that is not; <see cref="LlamaToken.None"/> if all are.</param>
/// <param name="Cached">
/// The tokens that are cached at its place instead, in no particular order; empty where what is cached ends there, or nothing is.
/// </param>
public sealed record PrefixMiss(int MatchedTokens, LlamaToken Wanted, IReadOnlyList<LlamaToken> Cached);
