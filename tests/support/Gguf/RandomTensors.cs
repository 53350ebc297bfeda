using System.Buffers.Binary;

namespace LlamaSpan.TestSupport;

/// <summary>Random tensor data of any storage type.</summary>
public static class RandomTensors
{
    private const float Spread = 0.1f;

    /// <summary>Data of small random values: exact for F32, F16 and BF16, random blocks with a small scale for quantized types.</summary>
    public static byte[] Weights(Random random, TensorType type, long count)
    {
        byte[] data = new byte[ByteCount(type, count)];
        if (type is TensorType.F32 or TensorType.F16 or TensorType.BF16)
        {
            for (int i = 0; i < count; i++)
                Write(data, type, i, (random.NextSingle() - 0.5f) * 2 * Spread);
            return data;
        }
        random.NextBytes(data);
        int blockBytes = BlockBytes(type);
        foreach (int at in ScaleOffsets(type))
            for (int block = 0; block < data.Length; block += blockBytes)
                BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(block + at), (Half)(0.001f + (0.001f * random.NextSingle())));
        if (type == TensorType.MXFP4)
            for (int block = 0; block < data.Length; block += blockBytes)
                data[block] = 120;      // exponent of 2^-7
        if (type == TensorType.NVFP4)
            for (int block = 0; block < data.Length; block += blockBytes)
                data.AsSpan(block, 4).Fill(0x18);   // E4M3 2^-4
        return data;
    }

    /// <summary>True for a type that data can be made of.</summary>
    public static bool Knows(TensorType type) => s_blocks.ContainsKey(type);

    /// <summary>Bytes of so many elements.</summary>
    public static long ByteCount(TensorType type, long count) => count / BlockElements(type) * BlockBytes(type);

    /// <summary>Elements of a block.</summary>
    public static int BlockElements(TensorType type) => s_blocks[type].Elements;

    private static int BlockBytes(TensorType type) => s_blocks[type].Bytes;

    // written down again, not taken from the library under test
    private static readonly Dictionary<TensorType, (int Elements, int Bytes)> s_blocks = new()
    {
        [TensorType.F32] = (1, 4),
        [TensorType.F16] = (1, 2),
        [TensorType.BF16] = (1, 2),
        [TensorType.F64] = (1, 8),
        [TensorType.I8] = (1, 1),
        [TensorType.I16] = (1, 2),
        [TensorType.I32] = (1, 4),
        [TensorType.I64] = (1, 8),
        [TensorType.Q4_0] = (32, 18),
        [TensorType.Q4_1] = (32, 20),
        [TensorType.Q5_0] = (32, 22),
        [TensorType.Q5_1] = (32, 24),
        [TensorType.Q8_0] = (32, 34),
        [TensorType.Q8_1] = (32, 36),
        [TensorType.IQ4_NL] = (32, 18),
        [TensorType.MXFP4] = (32, 17),
        [TensorType.NVFP4] = (64, 36),
        [TensorType.Q1_0] = (128, 18),
        [TensorType.Q2_0] = (64, 18),
        [TensorType.Q2_K] = (256, 84),
        [TensorType.Q3_K] = (256, 110),
        [TensorType.Q4_K] = (256, 144),
        [TensorType.Q5_K] = (256, 176),
        [TensorType.Q6_K] = (256, 210),
        [TensorType.Q8_K] = (256, 292),
        [TensorType.IQ1_S] = (256, 50),
        [TensorType.IQ1_M] = (256, 56),
        [TensorType.IQ2_XXS] = (256, 66),
        [TensorType.IQ2_XS] = (256, 74),
        [TensorType.IQ2_S] = (256, 82),
        [TensorType.IQ3_XXS] = (256, 98),
        [TensorType.IQ3_S] = (256, 110),
        [TensorType.IQ4_XS] = (256, 136),
        [TensorType.TQ1_0] = (256, 54),
        [TensorType.TQ2_0] = (256, 66),
    };

    private static int[] ScaleOffsets(TensorType type) => type switch
    {
        TensorType.Q4_1 or TensorType.Q5_1 or TensorType.Q4_K or TensorType.Q5_K or TensorType.Q8_1 => [0, 2],
        TensorType.Q2_K => [80, 82],
        TensorType.Q3_K => [108],
        TensorType.Q6_K => [208],
        TensorType.TQ1_0 => [52],
        TensorType.TQ2_0 => [64],
        TensorType.MXFP4 or TensorType.NVFP4 or TensorType.IQ1_M => [],
        TensorType.I8 or TensorType.I16 or TensorType.I32 or TensorType.I64 or TensorType.F64 => [],
        _ => [0],
    };

    private static void Write(byte[] data, TensorType type, int index, float value)
    {
        if (type == TensorType.F32)
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(index * 4), value);
        else if (type == TensorType.F16)
            BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(index * 2), (Half)value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(index * 2), (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
    }
}
