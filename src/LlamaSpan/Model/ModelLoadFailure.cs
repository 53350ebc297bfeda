namespace LlamaSpan;

/// <summary>Why a model, adapter or control vector was not loaded.</summary>
public enum ModelLoadFailure
{
    /// <summary>There is no such file, or the path names a folder.</summary>
    NotFound,

    /// <summary>The file may not be read.</summary>
    AccessDenied,

    /// <summary>The file could not be read through.</summary>
    ReadError,

    /// <summary>The file does not begin with the magic of a GGUF.</summary>
    NotGguf,

    /// <summary>A GGUF of a version or byte order that is not supported.</summary>
    UnsupportedVersion,

    /// <summary>The file ends before what its header announces.</summary>
    Truncated,

    /// <summary>The header contradicts itself: counts, types, names, offsets.</summary>
    Malformed,

    /// <summary>A hyperparameter is missing, of the wrong type or impossible.</summary>
    Hyperparameters,

    /// <summary>The vocabulary is missing, of the wrong type or impossible.</summary>
    Vocabulary,

    /// <summary>A tensor is missing or has a type or shape that does not fit the hyperparameters.</summary>
    Tensors,

    /// <summary>The parts of a split model do not belong together.</summary>
    Splits,

    /// <summary>An adapter or control vector does not fit the model.</summary>
    Adapter,

    /// <summary>The probe program refused the file, crashed on it or did not answer in time.</summary>
    Probe,

    /// <summary>llama.cpp refused the file; <see cref="LlamaException.NativeLog"/> says why.</summary>
    Refused,

    /// <summary>The load was cancelled inside native code.</summary>
    Cancelled,
}
