using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>Number format of the cached keys or values.</summary>
public enum CacheType
{
    /// <summary>32-bit floats.</summary>
    F32 = ggml_type.GGML_TYPE_F32,

    /// <summary>16-bit floats; the default.</summary>
    F16 = ggml_type.GGML_TYPE_F16,

    /// <summary>bfloat16.</summary>
    BF16 = ggml_type.GGML_TYPE_BF16,

    /// <summary>8 bits in blocks of 32.</summary>
    Q8_0 = ggml_type.GGML_TYPE_Q8_0,

    /// <summary>5 bits in blocks of 32, with offset.</summary>
    Q5_1 = ggml_type.GGML_TYPE_Q5_1,

    /// <summary>5 bits in blocks of 32.</summary>
    Q5_0 = ggml_type.GGML_TYPE_Q5_0,

    /// <summary>4 bits in blocks of 32, with offset.</summary>
    Q4_1 = ggml_type.GGML_TYPE_Q4_1,

    /// <summary>4 bits in blocks of 32.</summary>
    Q4_0 = ggml_type.GGML_TYPE_Q4_0,

    /// <summary>4 bits, non-linear.</summary>
    IQ4_NL = ggml_type.GGML_TYPE_IQ4_NL,
}
