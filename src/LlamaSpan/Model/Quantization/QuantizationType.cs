namespace LlamaSpan;

/// <summary>
/// What a model's matrices become, as llama.cpp mixes types by tensor; the values are those of its <c>llama_ftype</c>. NVFP4 is not among
/// them: llama.cpp has no rule for it, and such models carry scales that their converter computes.
/// </summary>
public enum QuantizationType
{
    /// <summary>32-bit floats.</summary>
    F32 = 0,

    /// <summary>16-bit floats.</summary>
    F16 = 1,

    /// <summary>bfloat16.</summary>
    BF16 = 32,

    /// <summary>8 bits in blocks of 32.</summary>
    Q8_0 = 7,

    /// <summary>5 bits in blocks of 32.</summary>
    Q5_0 = 8,

    /// <summary>5 bits in blocks of 32, with offset.</summary>
    Q5_1 = 9,

    /// <summary>4 bits in blocks of 32.</summary>
    Q4_0 = 2,

    /// <summary>4 bits in blocks of 32, with offset.</summary>
    Q4_1 = 3,

    /// <summary>2 bits in blocks of 64.</summary>
    Q2_0 = 41,

    /// <summary>1 bit in blocks of 128.</summary>
    Q1_0 = 40,

    /// <summary>6-bit k-quants.</summary>
    Q6_K = 18,

    /// <summary>5-bit k-quants, some tensors in more.</summary>
    Q5_K_M = 17,

    /// <summary>5-bit k-quants.</summary>
    Q5_K_S = 16,

    /// <summary>4-bit k-quants, some tensors in more: the usual compromise.</summary>
    Q4_K_M = 15,

    /// <summary>4-bit k-quants, few tensors in more.</summary>
    Q4_K_S = 14,

    /// <summary>3-bit k-quants, many tensors in more.</summary>
    Q3_K_L = 13,

    /// <summary>3-bit k-quants, some tensors in more.</summary>
    Q3_K_M = 12,

    /// <summary>3-bit k-quants.</summary>
    Q3_K_S = 11,

    /// <summary>2-bit k-quants, some tensors in more.</summary>
    Q2_K = 10,

    /// <summary>2-bit k-quants; needs an importance matrix.</summary>
    Q2_K_S = 21,

    /// <summary>4 bits, non-linear, blocks of 32.</summary>
    IQ4_NL = 25,

    /// <summary>4 bits, non-linear, blocks of 256.</summary>
    IQ4_XS = 30,

    /// <summary>About 3.7 bits from codebooks.</summary>
    IQ3_M = 27,

    /// <summary>About 3.4 bits from a codebook.</summary>
    IQ3_S = 26,

    /// <summary>About 3.3 bits; needs an importance matrix.</summary>
    IQ3_XS = 22,

    /// <summary>About 3.1 bits; needs an importance matrix.</summary>
    IQ3_XXS = 23,

    /// <summary>About 2.7 bits; needs an importance matrix.</summary>
    IQ2_M = 29,

    /// <summary>About 2.5 bits; needs an importance matrix.</summary>
    IQ2_S = 28,

    /// <summary>About 2.3 bits; needs an importance matrix.</summary>
    IQ2_XS = 20,

    /// <summary>About 2.1 bits; needs an importance matrix.</summary>
    IQ2_XXS = 19,

    /// <summary>About 1.8 bits; needs an importance matrix.</summary>
    IQ1_M = 31,

    /// <summary>About 1.6 bits; needs an importance matrix.</summary>
    IQ1_S = 24,

    /// <summary>Ternary, 2.1 bits.</summary>
    TQ2_0 = 37,

    /// <summary>Ternary, 1.7 bits.</summary>
    TQ1_0 = 36,

    /// <summary>The experts in OCP MX 4-bit floats, the rest in 8 bits.</summary>
    MXFP4 = 38,
}
