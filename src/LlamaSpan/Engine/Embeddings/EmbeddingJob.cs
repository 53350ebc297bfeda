using System.Diagnostics;

namespace LlamaSpan;

/// <summary>One text to embed or rank.</summary>
internal sealed class EmbeddingJob(ReadOnlyMemory<LlamaToken> text, CancellationToken cancellation)
{
    private readonly TaskCompletionSource<float[]> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _submittedAt = Stopwatch.GetTimestamp();
    private long _begunAt, _endedAt;

    internal LlamaToken[] Tokens { get; } = text.ToArray();

    internal CancellationToken Cancellation => cancellation;

    internal Task<float[]> Output => _done.Task;

    /// <summary>What it cost, once it is done; nothing where it failed.</summary>
    internal RequestUsage Usage
    {
        get
        {
            if (!Output.IsCompletedSuccessfully)
                return default;
            TimeSpan queue = Stopwatch.GetElapsedTime(_submittedAt, _begunAt), compute = Stopwatch.GetElapsedTime(_begunAt, _endedAt);
            return new RequestUsage(Tokens.Length, 0, Tokens.Length, 0, 0, 0, 0, 0, queue, compute, TimeSpan.Zero);
        }
    }

    internal void Begin() => _begunAt = Stopwatch.GetTimestamp();

    internal void Complete(float[] output)
    {
        _endedAt = Stopwatch.GetTimestamp();
        _done.TrySetResult(output);
    }

    internal void Cancel() => _done.TrySetCanceled(cancellation);

    internal void Fail(Exception error) => _done.TrySetException(error);
}
