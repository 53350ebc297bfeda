namespace LlamaSpan;

/// <summary>Saved state could not be written or restored: damaged, or made by another model or another kind of context.</summary>
public sealed class StateException : LlamaException
{
    /// <summary>Makes an exception whose message says what does not fit.</summary>
    public StateException(string message, IReadOnlyList<string>? nativeLog = null, Exception? inner = null)
        : base(message, nativeLog, inner)
    {
    }
}
