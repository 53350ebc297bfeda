namespace LlamaSpan;

/// <summary>Where a replay first did not do what was recorded.</summary>
/// <param name="Step">Number of the step, from 0; of texts that were embedded or ranked, number of the batch.</param>
/// <param name="Request">Number of the request, as the engine counted; 0 where it is none's, as of texts.</param>
/// <param name="Token">Index of the token in the request, its prompt counted; -1 where it is none; of texts, which it is in the batch.</param>
/// <param name="Expected">What was recorded.</param>
/// <param name="Got">What came of the replay.</param>
public sealed record ReplayDifference(int Step, long Request, int Token, string Expected, string Got);
