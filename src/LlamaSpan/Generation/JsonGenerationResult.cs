namespace LlamaSpan;

/// <summary>A value that a model generated as JSON.</summary>
/// <typeparam name="T">Its type.</typeparam>
/// <param name="Value">The value; default where the text was not completed.</param>
/// <param name="IsComplete">
/// Whether the text is a whole JSON value, so that there is a <paramref name="Value"/>. False only where <see cref="GenerationOptions.MaxTokens"/>,
/// the context or a stop string ended it before; the text is then the beginning of a valid one.
/// </param>
/// <param name="Text">The text generated.</param>
/// <param name="FinishReason">
/// Why it ended; <see cref="FinishReason.Length"/> also where <see cref="GenerationOptions.CloseAtLimit"/> brought it to its end.
/// </param>
/// <param name="Usage">What it cost.</param>
public sealed record JsonGenerationResult<T>(T? Value, bool IsComplete, string Text, FinishReason FinishReason, GenerationUsage Usage);
