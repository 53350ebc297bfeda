namespace LlamaSpan;

/// <summary>How a tensor's elements are stored; the values are those of ggml's <c>ggml_type</c> and of GGUF files.</summary>
public enum TensorType
{
    /// <summary>32-bit floating point.</summary>
    F32 = 0,

    /// <summary>16-bit floating point (IEEE half).</summary>
    F16 = 1,

    /// <summary>4 bits, blocks of 32 with a scale.</summary>
    Q4_0 = 2,

    /// <summary>4 bits, blocks of 32 with a scale and a minimum.</summary>
    Q4_1 = 3,

    /// <summary>5 bits, blocks of 32 with a scale.</summary>
    Q5_0 = 6,

    /// <summary>5 bits, blocks of 32 with a scale and a minimum.</summary>
    Q5_1 = 7,

    /// <summary>8 bits, blocks of 32 with a scale.</summary>
    Q8_0 = 8,

    /// <summary>8 bits with a scale and a sum: activations only.</summary>
    Q8_1 = 9,

    /// <summary>2-bit k-quant, super-blocks of 256.</summary>
    Q2_K = 10,

    /// <summary>3-bit k-quant, super-blocks of 256.</summary>
    Q3_K = 11,

    /// <summary>4-bit k-quant, super-blocks of 256.</summary>
    Q4_K = 12,

    /// <summary>5-bit k-quant, super-blocks of 256.</summary>
    Q5_K = 13,

    /// <summary>6-bit k-quant, super-blocks of 256.</summary>
    Q6_K = 14,

    /// <summary>8-bit k-quant: activations only.</summary>
    Q8_K = 15,

    /// <summary>About 2 bits from a codebook.</summary>
    IQ2_XXS = 16,

    /// <summary>About 2.3 bits from a codebook.</summary>
    IQ2_XS = 17,

    /// <summary>About 3 bits from a codebook.</summary>
    IQ3_XXS = 18,

    /// <summary>About 1.6 bits from a codebook.</summary>
    IQ1_S = 19,

    /// <summary>4 bits, non-linear, blocks of 32.</summary>
    IQ4_NL = 20,

    /// <summary>About 3.4 bits from a codebook.</summary>
    IQ3_S = 21,

    /// <summary>About 2.5 bits from a codebook.</summary>
    IQ2_S = 22,

    /// <summary>About 4.3 bits, non-linear, super-blocks of 256.</summary>
    IQ4_XS = 23,

    /// <summary>8-bit integer.</summary>
    I8 = 24,

    /// <summary>16-bit integer.</summary>
    I16 = 25,

    /// <summary>32-bit integer.</summary>
    I32 = 26,

    /// <summary>64-bit integer.</summary>
    I64 = 27,

    /// <summary>64-bit floating point.</summary>
    F64 = 28,

    /// <summary>About 1.8 bits from a codebook.</summary>
    IQ1_M = 29,

    /// <summary>16-bit floating point (bfloat16).</summary>
    BF16 = 30,

    /// <summary>Ternary, 1.7 bits.</summary>
    TQ1_0 = 34,

    /// <summary>Ternary, 2.1 bits.</summary>
    TQ2_0 = 35,

    /// <summary>4-bit floating point with a shared exponent for each 32 (OCP MX).</summary>
    MXFP4 = 39,

    /// <summary>4-bit floating point with an E4M3 scale for each 16 (NVIDIA); has tensors of outer scales beside it.</summary>
    NVFP4 = 40,

    /// <summary>1 bit, blocks of 128 with a scale.</summary>
    Q1_0 = 41,

    /// <summary>2 bits, blocks of 64 with a scale.</summary>
    Q2_0 = 42,
}
