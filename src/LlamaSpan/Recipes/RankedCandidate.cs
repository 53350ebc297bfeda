namespace LlamaSpan;

/// <summary>A candidate and how probable the model holds it to be the best.</summary>
/// <param name="Index">Its index among the candidates, as the caller gave them.</param>
/// <param name="Probability">Among the candidates; they add up to 1.</param>
public readonly record struct RankedCandidate(int Index, float Probability);
