namespace LlamaSpan;

/// <summary>A capsule could not be read, or not be replayed here.</summary>
public sealed class CapsuleException : LlamaException
{
    /// <summary>Makes an exception.</summary>
    public CapsuleException(string message, Exception? inner = null)
        : base(message, inner: inner)
    {
    }
}
