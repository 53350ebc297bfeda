namespace LlamaSpan;

/// <summary>An engine's answer.</summary>
/// <param name="Text">The text, without special tokens and stop strings.</param>
/// <param name="Tokens">The tokens, without the end-of-generation token.</param>
/// <param name="LogProbabilities">
/// Of each token, the natural logarithm of its probability for the model; empty unless <see cref="GenerationOptions.LogProbabilities"/>.
/// </param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Usage">What it cost.</param>
public sealed record Completion(
    string Text, IReadOnlyList<LlamaToken> Tokens, IReadOnlyList<float> LogProbabilities, FinishReason FinishReason, RequestUsage Usage);
