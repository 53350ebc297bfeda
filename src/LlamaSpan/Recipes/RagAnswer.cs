namespace LlamaSpan;

/// <summary>An answer to a question over documents.</summary>
/// <param name="Text">
/// The answer; with <see cref="RagOptions.Quote"/> null where the documents do not say, or the answer was cut off (<paramref name="FinishReason"/>).
/// </param>
/// <param name="Quote">The sentence it was read from, which stands in a passage word for word; null where <paramref name="Text"/> may be, and without <see cref="RagOptions.Quote"/>.</param>
/// <param name="Document">Index of the first passage, as the caller gave them, in which the quote stands; null without a quote.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Usage">What it cost.</param>
public sealed record RagAnswer(string? Text, string? Quote, int? Document, FinishReason FinishReason, RequestUsage Usage);
