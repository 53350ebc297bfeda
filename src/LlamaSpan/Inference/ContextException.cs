namespace LlamaSpan;

/// <summary>A context could not be made.</summary>
public sealed class ContextException : LlamaException
{
    /// <summary>Makes an exception whose message says what failed.</summary>
    public ContextException(string message, IReadOnlyList<string>? nativeLog = null)
        : base(message, nativeLog)
    {
    }
}
