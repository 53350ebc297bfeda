namespace LlamaSpan;

/// <summary>What an event does.</summary>
internal enum RecordedAction
{
    Submit,
    End,
    Clear,
    Unpin,
}
