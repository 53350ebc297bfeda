namespace LlamaSpan;

/// <summary>Base of the exceptions that LlamaSpan's operations throw; one derived type per operation.</summary>
public abstract class LlamaException : Exception
{
    /// <summary>Makes an exception whose message says what was wrong and where.</summary>
    /// <param name="message">What was wrong and where.</param>
    /// <param name="nativeLog">Lines that llama.cpp logged during the operation, oldest first; they are appended to the message.</param>
    /// <param name="inner">What caused it, if anything.</param>
    protected LlamaException(string message, IReadOnlyList<string>? nativeLog = null, Exception? inner = null)
        : base(nativeLog is { Count: > 0 } ? $"{message}\nllama.cpp said:\n  {string.Join("\n  ", nativeLog)}" : message, inner) =>
        NativeLog = nativeLog ?? [];

    /// <summary>Lines that llama.cpp logged during the operation, oldest first.</summary>
    public IReadOnlyList<string> NativeLog { get; }
}
