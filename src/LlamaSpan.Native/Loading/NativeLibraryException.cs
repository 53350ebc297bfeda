namespace LlamaSpan.Native;

/// <summary>llama.cpp's libraries could not be found, loaded or accepted; the message says which file, where, and what to do.</summary>
public sealed class NativeLibraryException : Exception
{
    internal NativeLibraryException(NativeLibraryFailure failure, string message, Exception? inner = null)
        : base(message, inner) =>
        Failure = failure;

    /// <summary>What kind of failure it was.</summary>
    public NativeLibraryFailure Failure { get; }
}
