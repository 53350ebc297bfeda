namespace LlamaSpan;

/// <summary>An answer is not in the format that its prompt asked for.</summary>
public sealed class ChatParseException : LlamaException
{
    /// <summary>Makes an exception whose message says what was wrong.</summary>
    public ChatParseException(string message, IReadOnlyList<string>? nativeLog = null, Exception? inner = null)
        : base(message, nativeLog, inner)
    {
    }
}
