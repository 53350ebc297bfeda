namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>A ratio cannot be measured here; the message says what is missing.</summary>
internal sealed class RatioSkippedException(string message) : Exception(message);
