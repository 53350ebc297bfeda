namespace LlamaSpan;

/// <summary>A cache operation that this model or this cache layout does not support.</summary>
public sealed class CacheException : LlamaException
{
    /// <summary>Makes an exception whose message says what is not supported, and why.</summary>
    public CacheException(string message)
        : base(message)
    {
    }
}
