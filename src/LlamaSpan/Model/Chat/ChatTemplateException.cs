namespace LlamaSpan;

/// <summary>A chat template could not be read, or not make a prompt.</summary>
public sealed class ChatTemplateException : LlamaException
{
    /// <summary>Makes an exception whose message says what was wrong and where.</summary>
    public ChatTemplateException(ChatTemplateFailure reason, string message, IReadOnlyList<string>? nativeLog = null, Exception? inner = null)
        : base(message, nativeLog, inner) => Reason = reason;

    /// <summary>Why.</summary>
    public ChatTemplateFailure Reason { get; }
}
