namespace LlamaSpan;

/// <summary>The outcome of a majority vote.</summary>
/// <param name="Answer">The answer that most samples gave, of several the one given first; null if no sample gave one.</param>
/// <param name="Votes">How many samples gave it.</param>
/// <param name="Counts">All answers with their votes, most first.</param>
/// <param name="Samples">What was sampled, whose usage says what it cost.</param>
public sealed record Vote(string? Answer, int Votes, IReadOnlyList<VoteCount> Counts, IReadOnlyList<Completion> Samples);
