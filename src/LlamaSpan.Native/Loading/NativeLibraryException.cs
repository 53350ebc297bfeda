namespace LlamaSpan.Native;

/// <summary>llama.cpp's libraries could not be found, loaded or accepted; the message says which file, where, and what to do.</summary>
public sealed class NativeLibraryException : Exception
{
    internal NativeLibraryException(NativeLibraryFailure reason, string message, Exception? inner = null)
        : base(message, inner) =>
        Reason = reason;

    /// <summary>What kind of failure it was.</summary>
    public NativeLibraryFailure Reason { get; }
}
