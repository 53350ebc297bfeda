namespace LlamaSpan;

/// <summary>A model, adapter or control vector could not be loaded.</summary>
public sealed class ModelLoadException : LlamaException
{
    /// <summary>Makes an exception whose message names the file and says what was wrong and where in it.</summary>
    /// <param name="reason">The kind of failure.</param>
    /// <param name="path">The file.</param>
    /// <param name="message">What was wrong and where: a byte offset, a metadata key or a tensor's name.</param>
    /// <param name="nativeLog">Lines that llama.cpp logged during the load, oldest first.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public ModelLoadException(
        ModelLoadFailure reason, string path, string message, IReadOnlyList<string>? nativeLog = null, Exception? inner = null)
        : base($"'{path}' was not loaded: {message}", nativeLog, inner) =>
        (Reason, Path) = (reason, path);

    /// <summary>The kind of failure.</summary>
    public ModelLoadFailure Reason { get; }

    /// <summary>The file that was not loaded; of a split model, the part that was at fault.</summary>
    public string Path { get; }
}
