namespace LlamaSpan;

/// <summary>One step of an engine: what came from outside, what was decided, what came of it.</summary>
internal sealed record RecordedStep
{
    /// <summary>What came from outside, in order.</summary>
    public List<RecordedEvent> Events { get; init; } = [];

    /// <summary>Requests whose consumers had to catch up.</summary>
    public List<long> Paused { get; init; } = [];

    /// <summary>The batch.</summary>
    public List<RecordedShare> Batch { get; init; } = [];

    /// <summary>What was looked for outside the context and found, by the number of the look.</summary>
    public List<RecordedFind> Finds { get; init; } = [];

    /// <summary>Why the decode failed; null if it did not.</summary>
    public DecodeFailure? Failure { get; set; }

    public List<RecordedOutput> Outputs { get; init; } = [];
}
