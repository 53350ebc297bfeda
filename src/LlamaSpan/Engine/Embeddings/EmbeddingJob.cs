namespace LlamaSpan;

/// <summary>One text to embed or rank.</summary>
internal sealed record EmbeddingJob(LlamaToken[] Tokens, CancellationToken Cancellation)
{
    internal TaskCompletionSource<float[]> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
