namespace LlamaSpan;

/// <summary>A text could not be tokenised, or tokens could not be turned into text.</summary>
public sealed class TokenizeException : LlamaException
{
    /// <summary>Makes an exception whose message says what was wrong and where.</summary>
    public TokenizeException(string message, IReadOnlyList<string>? nativeLog = null)
        : base(message, nativeLog)
    {
    }
}
