namespace LlamaSpan;

/// <summary>Type of a metadata value; the values are those of GGUF files.</summary>
public enum GgufValueType
{
    /// <summary>8-bit unsigned integer.</summary>
    UInt8 = 0,

    /// <summary>8-bit integer.</summary>
    Int8 = 1,

    /// <summary>16-bit unsigned integer.</summary>
    UInt16 = 2,

    /// <summary>16-bit integer.</summary>
    Int16 = 3,

    /// <summary>32-bit unsigned integer.</summary>
    UInt32 = 4,

    /// <summary>32-bit integer.</summary>
    Int32 = 5,

    /// <summary>32-bit floating point.</summary>
    Float32 = 6,

    /// <summary>One byte; 0 is false.</summary>
    Boolean = 7,

    /// <summary>UTF-8 text with its length in front.</summary>
    String = 8,

    /// <summary>Several values of one type; only in the file, a <see cref="GgufValue"/> gives the elements' type.</summary>
    Array = 9,

    /// <summary>64-bit unsigned integer.</summary>
    UInt64 = 10,

    /// <summary>64-bit integer.</summary>
    Int64 = 11,

    /// <summary>64-bit floating point.</summary>
    Float64 = 12,
}
