namespace LlamaSpan;

/// <summary>A token and the natural logarithm of its probability.</summary>
/// <param name="Token">The token, or <see cref="LlamaToken.None"/> where there is none.</param>
/// <param name="LogProbability">At most 0; minus infinity for a token that cannot be sampled.</param>
public readonly record struct TokenLogProbability(LlamaToken Token, float LogProbability);
