namespace LlamaSpan;

/// <summary>A model could not be quantized; no file was written.</summary>
public sealed class QuantizeException : LlamaException
{
    /// <summary>Makes an exception whose message says what was wrong.</summary>
    /// <param name="message">What was wrong and with which file or tensor.</param>
    /// <param name="nativeLog">Lines that llama.cpp logged meanwhile, oldest first.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public QuantizeException(string message, IReadOnlyList<string>? nativeLog = null, Exception? inner = null)
        : base(message, nativeLog, inner)
    {
    }
}
