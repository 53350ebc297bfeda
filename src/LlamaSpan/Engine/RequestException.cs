namespace LlamaSpan;

/// <summary>An engine did not answer a request.</summary>
public sealed class RequestException : LlamaException
{
    /// <summary>Makes an exception with its reason.</summary>
    public RequestException(RequestFailure reason, string message, Exception? inner = null)
        : base(message, inner: inner) => Reason = reason;

    /// <summary>Why.</summary>
    public RequestFailure Reason { get; }
}
