namespace LlamaSpan.TestSupport;

/// <summary>Shapes at random: sizes of 1, odd ones, heads that do not fit, element types of every kind.</summary>
public static class TinyShapes
{
    private static readonly string[] s_architectures = ["llama", "llama", "gemma2", "phi3"];

    private static readonly TensorType[] s_plain = [TensorType.F32, TensorType.F32, TensorType.F16, TensorType.BF16];

    private static readonly TensorType[] s_blocks32 =
        [TensorType.Q4_0, TensorType.Q4_1, TensorType.Q5_0, TensorType.Q5_1, TensorType.Q8_0, TensorType.IQ4_NL, TensorType.MXFP4];

    private static readonly TensorType[] s_blocks256 =
    [
        TensorType.Q2_K, TensorType.Q3_K, TensorType.Q4_K, TensorType.Q5_K, TensorType.Q6_K, TensorType.IQ1_S, TensorType.IQ1_M,
        TensorType.IQ2_XXS, TensorType.IQ2_XS, TensorType.IQ2_S, TensorType.IQ3_XXS, TensorType.IQ3_S, TensorType.IQ4_XS,
        TensorType.TQ1_0, TensorType.TQ2_0,
    ];

    /// <summary>A shape whose tensors agree with its metadata; what it describes may still be nonsense.</summary>
    public static TinyShape Next(Random random)
    {
        TensorType weights = NextType(random, out int multiple);
        string architecture = s_architectures[random.Next(s_architectures.Length)];
        int kvHeads = random.Next(1, 4);
        int heads = random.Next(8) == 0 ? random.Next(1, 6) : kvHeads * random.Next(1, 4);
        int headSize = multiple > 1 && random.Next(4) > 0 ? multiple : random.Next(1, 20) * (random.Next(6) == 0 ? 1 : 2);
        int embedding = multiple > 1 ? multiple * random.Next(1, 3) : random.Next(1, 80);
        if (architecture == "phi3" && random.Next(6) > 0)
            embedding = heads * headSize;
        int experts = architecture == "llama" && random.Next(4) == 0 ? random.Next(1, 6) : 0;
        return new TinyShape
        {
            Architecture = architecture,
            Blocks = random.Next(1, 4),
            Embedding = embedding,
            Heads = heads,
            KvHeads = kvHeads,
            HeadSize = headSize,
            RopeSize = random.Next(3) == 0 ? random.Next(1, headSize + 1) : 0,
            FeedForward = multiple > 1 ? multiple * random.Next(1, 3) : random.Next(1, 80),
            Experts = experts,
            ExpertsUsed = experts == 0 ? 0 : random.Next(1, experts + 1),
            Weights = weights,
            EmbeddingWeights = random.Next(3) == 0 ? TensorType.F32 : null,
            Fused = architecture == "phi3" || random.Next(5) == 0,
            Tied = random.Next(3) == 0,
            Biases = random.Next(4) == 0,
            Scales = weights == TensorType.NVFP4 || random.Next(8) == 0,
            RopeFactors = random.Next(4) == 0,
            BytePair = random.Next(2) == 0,
        };
    }

    private static TensorType NextType(Random random, out int multiple)
    {
        switch (random.Next(12))
        {
            case 0:
                multiple = 256;
                return s_blocks256[random.Next(s_blocks256.Length)];
            case 1:
                multiple = 64;
                return random.Next(2) == 0 ? TensorType.NVFP4 : TensorType.Q2_0;
            case 2:
                multiple = 128;
                return TensorType.Q1_0;
            case 3 or 4 or 5:
                multiple = 32;
                return s_blocks32[random.Next(s_blocks32.Length)];
            default:
                multiple = 1;
                return s_plain[random.Next(s_plain.Length)];
        }
    }
}
