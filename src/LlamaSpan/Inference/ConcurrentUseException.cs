namespace LlamaSpan;

/// <summary>
/// A context was used from two threads at once. One after the other from different threads is legal; at the same time is not, since a
/// context has one owner at a time.
/// </summary>
public sealed class ConcurrentUseException : LlamaException
{
    /// <summary>Makes an exception that names the object and the operation.</summary>
    public ConcurrentUseException(string operation)
        : base($"LlamaContext.{operation} was called while another thread is using the context; one context has one owner at a time.")
    {
    }
}
