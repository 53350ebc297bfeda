namespace LlamaSpan;

/// <summary>A batch could not be decoded or encoded.</summary>
public sealed class DecodeException : LlamaException
{
    /// <summary>Makes an exception with its reason.</summary>
    public DecodeException(DecodeFailure reason, string message, IReadOnlyList<string>? nativeLog = null)
        : base(message, nativeLog) => Reason = reason;

    /// <summary>Why it failed.</summary>
    public DecodeFailure Reason { get; }
}
