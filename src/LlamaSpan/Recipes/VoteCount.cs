namespace LlamaSpan;

/// <summary>An answer and how many samples gave it.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Votes">How many.</param>
public readonly record struct VoteCount(string Answer, int Votes);
