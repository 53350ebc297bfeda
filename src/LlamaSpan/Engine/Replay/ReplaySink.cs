namespace LlamaSpan;

/// <summary>A recorded request's consumer: as fast as it was.</summary>
internal sealed class ReplaySink : RequestSink
{
    private bool _full;

    internal override bool IsFull => _full;

    /// <summary>The sequence it pinned.</summary>
    internal CachedSequence? Pinned { get; private set; }

    internal void Fill(bool full) => _full = full;

    internal override void Complete(EngineRequest request) => Pinned = request.IsPinned ? request.Sequence : null;

    internal override void Fail(EngineRequest request, Exception error)
    {
    }
}
