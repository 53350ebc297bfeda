namespace LlamaSpan;

/// <summary>How far a batch of requests is.</summary>
/// <param name="Completed">Answers that are there.</param>
/// <param name="Total">Answers asked for.</param>
public readonly record struct BatchProgress(int Completed, int Total);
