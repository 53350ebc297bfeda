namespace LlamaSpan;

/// <summary>Severity of a line that llama.cpp logs.</summary>
public enum NativeLogLevel
{
    /// <summary>Details for people who work on llama.cpp.</summary>
    Debug = 1,

    /// <summary>Ordinary progress.</summary>
    Information = 2,

    /// <summary>Something that may be wrong.</summary>
    Warning = 3,

    /// <summary>Something failed.</summary>
    Error = 4,
}
