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

/// <summary>What an event does.</summary>
internal enum RecordedAction
{
    Submit,
    End,
    Clear,
    Unpin,
}

/// <summary>Something from outside.</summary>
/// <param name="Action">What.</param>
/// <param name="Request">The request's number, that of the pinning one for <see cref="RecordedAction.Unpin"/>; 0 for none.</param>
internal sealed record RecordedEvent(RecordedAction Action, long Request);

/// <summary>A request's part of a batch.</summary>
/// <param name="Request">Its number.</param>
/// <param name="From">Index of its first token.</param>
/// <param name="Count">How many, guesses included.</param>
/// <param name="Guesses">The guesses.</param>
internal sealed record RecordedShare(long Request, int From, int Count, int[] Guesses);

/// <summary>A stored prefix that was found.</summary>
/// <param name="Look">The how-manieth look it was in its step.</param>
/// <param name="Tokens">All its tokens.</param>
/// <param name="Length">How many of them the prompt has.</param>
/// <param name="Peak">As <see cref="CachedSequence.Peak"/>.</param>
internal sealed record RecordedFind(int Look, int[] Tokens, int Length, int Peak);

/// <summary>One output, or what a request began with.</summary>
/// <param name="Request">Its number.</param>
/// <param name="Index">Index of the token it stands behind; -1 for what was appended before any.</param>
/// <param name="Best">The token of the highest logit.</param>
/// <param name="Logit">That logit.</param>
/// <param name="Drawn">The token that was drawn; -1 for none.</param>
/// <param name="Appended">Tokens that joined the request.</param>
/// <param name="Done">True if it was then done.</param>
/// <param name="Mask">Which of the capsule's sets of tokens it was drawn from; -1 for all tokens.</param>
internal sealed record RecordedOutput(long Request, int Index, int Best, float Logit, int Drawn, int[] Appended, bool Done, int Mask = -1);
