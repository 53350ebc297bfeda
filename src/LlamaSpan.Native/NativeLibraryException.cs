namespace LlamaSpan.Native;

/// <summary>The native libraries are missing, cannot be loaded, or are of another version.</summary>
public sealed class NativeLibraryException : Exception
{
    /// <summary>Makes an exception whose message says what was looked for, where, and what was wrong.</summary>
    public NativeLibraryException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
