namespace LlamaSpan;

/// <summary>A request's part of a batch.</summary>
/// <param name="Request">Its number.</param>
/// <param name="From">Index of its first token.</param>
/// <param name="Count">How many, guesses included.</param>
/// <param name="Guesses">The guesses.</param>
internal sealed record RecordedShare(long Request, int From, int Count, int[] Guesses);
