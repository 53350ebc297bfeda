namespace LlamaSpan;

/// <summary>Block sizes of the tensor types; the numbers are ggml's (a test compares them with the library's own).</summary>
internal static class TensorTypeLayout
{
    /// <summary>Elements and bytes of one block; (0, 0) for a type that ggml does not know or no longer reads.</summary>
    public static (int Elements, int Bytes) Block(this TensorType type) => type switch
    {
        TensorType.F32 or TensorType.I32 => (1, 4),
        TensorType.F16 or TensorType.BF16 or TensorType.I16 => (1, 2),
        TensorType.F64 or TensorType.I64 => (1, 8),
        TensorType.I8 => (1, 1),
        TensorType.Q1_0 => (128, 18),
        TensorType.Q2_0 => (64, 18),
        TensorType.Q4_0 or TensorType.IQ4_NL => (32, 18),
        TensorType.Q4_1 => (32, 20),
        TensorType.Q5_0 => (32, 22),
        TensorType.Q5_1 => (32, 24),
        TensorType.Q8_0 => (32, 34),
        TensorType.Q8_1 => (32, 36),
        TensorType.MXFP4 => (32, 17),
        TensorType.NVFP4 => (64, 36),
        TensorType.Q2_K => (256, 84),
        TensorType.Q3_K or TensorType.IQ3_S => (256, 110),
        TensorType.Q4_K => (256, 144),
        TensorType.Q5_K => (256, 176),
        TensorType.Q6_K => (256, 210),
        TensorType.Q8_K => (256, 292),
        TensorType.IQ2_XXS or TensorType.TQ2_0 => (256, 66),
        TensorType.IQ2_XS => (256, 74),
        TensorType.IQ2_S => (256, 82),
        TensorType.IQ3_XXS => (256, 98),
        TensorType.IQ1_S => (256, 50),
        TensorType.IQ1_M => (256, 56),
        TensorType.IQ4_XS => (256, 136),
        TensorType.TQ1_0 => (256, 54),
        _ => (0, 0),
    };

    /// <summary>
    /// True for the types that ggml's CPU backend can both look rows up in and multiply with. The others (integers, doubles, and the
    /// quantizations meant for activations) make it abort or call through a null pointer.
    /// </summary>
    public static bool IsWeight(this TensorType type) =>
        type.Block().Elements > 0
        && type is not (TensorType.I8 or TensorType.I16 or TensorType.I32 or TensorType.I64 or TensorType.F64 or TensorType.Q8_1 or TensorType.Q8_K);
}
