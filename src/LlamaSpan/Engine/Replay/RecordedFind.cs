namespace LlamaSpan;

/// <summary>A stored prefix that was found.</summary>
/// <param name="Look">Number of the lookup within its step, from 0.</param>
/// <param name="Tokens">All its tokens.</param>
/// <param name="Length">How many of them the prompt has.</param>
/// <param name="Peak">As <see cref="CachedSequence.Peak"/>.</param>
internal sealed record RecordedFind(int Look, int[] Tokens, int Length, int Peak);
