namespace LlamaSpan;

/// <summary>A generated text.</summary>
/// <param name="Text">The text, without special tokens and stop strings.</param>
/// <param name="Tokens">The tokens, without the end-of-generation token.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Usage">What it cost.</param>
public sealed record GenerationResult(string Text, IReadOnlyList<LlamaToken> Tokens, FinishReason FinishReason, GenerationUsage Usage);
