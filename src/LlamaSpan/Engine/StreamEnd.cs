namespace LlamaSpan;

/// <summary>How a stream ended.</summary>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Usage">What it cost.</param>
public readonly record struct StreamEnd(FinishReason FinishReason, RequestUsage Usage);
