namespace LlamaSpan;

/// <summary>A stored prefix that was found.</summary>
/// <param name="Look">The how-manieth look it was in its step.</param>
/// <param name="Tokens">All its tokens.</param>
/// <param name="Length">How many of them the prompt has.</param>
/// <param name="Peak">As <see cref="CachedSequence.Peak"/>.</param>
internal sealed record RecordedFind(int Look, int[] Tokens, int Length, int Peak);
