namespace LlamaSpan.Native;

/// <summary>Why llama.cpp's libraries could not be used.</summary>
public enum NativeLibraryFailure
{
    /// <summary>A library's file was found nowhere.</summary>
    Missing,

    /// <summary>A file is no library of this operating system and processor architecture.</summary>
    WrongArchitecture,

    /// <summary>A library was found, but the system could not load it or a library that it needs.</summary>
    MissingDependency,

    /// <summary>The libraries were not built from the llama.cpp that the bindings were generated from.</summary>
    WrongVersion,

    /// <summary>The libraries were loaded, but no backend that computes on this machine's CPU was found beside them.</summary>
    NoBackend,
}
