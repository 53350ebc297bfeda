namespace LlamaSpan;

/// <summary>Something from outside.</summary>
/// <param name="Action">What.</param>
/// <param name="Request">The request's number, that of the pinning one for <see cref="RecordedAction.Unpin"/>; 0 for none.</param>
internal sealed record RecordedEvent(RecordedAction Action, long Request);
