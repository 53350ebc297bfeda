namespace LlamaSpan.TestSupport;

/// <summary>
/// Random-weight models of a few hundred kilobytes, written by managed code alone, in the architectures that are validated beyond their
/// structure. Each call gives a new writer, to be changed at will; the same weights each time.
/// </summary>
public static class TinyModels
{
    /// <summary>All of them by name.</summary>
    public static IReadOnlyDictionary<string, Func<GgufWriter>> All { get; } = new Dictionary<string, Func<GgufWriter>>
    {
        ["llama"] = Once(() => Llama()),
        ["llama-tied-q8_0"] = Once(() => Llama(TensorType.Q8_0, tied: true)),
        ["llama-fused"] = Once(() => Llama(TensorType.F16, fused: true)),
        ["llama-biases"] = Once(() => Build(new TinyShape { Biases = true, Weights = TensorType.BF16 })),
        ["llama-nvfp4"] = Once(LlamaNvfp4),
        ["mistral"] = Once(() => Mistral()),
        ["experts"] = Once(() => Experts()),
        ["gemma2"] = Once(() => Gemma2()),
        ["gemma2-q4_0"] = Once(() => Gemma2(TensorType.Q4_0)),
        ["phi3"] = Once(() => Phi3()),
        ["phi3-longrope-q4_1"] = Once(() => Phi3(TensorType.Q4_1, longRope: true)),
    };

    /// <summary>A model of any shape.</summary>
    public static GgufWriter Build(TinyShape shape) => TinyModelBuilder.Build(shape);

    /// <summary>Llama 3's shape: byte-level BPE, grouped queries, RoPE factors.</summary>
    public static GgufWriter Llama(TensorType weights = TensorType.F32, bool tied = false, bool fused = false) =>
        Build(new TinyShape { Weights = weights, Tied = tied, Fused = fused, RopeSize = 16, RopeFactors = true, BytePair = true })
            .Set("llama.rope.freq_base", 500000f);

    /// <summary>Llama with weights in NVFP4, their scales beside them.</summary>
    public static GgufWriter LlamaNvfp4() => Build(new TinyShape
    {
        FeedForward = 128,
        Weights = TensorType.NVFP4,
        EmbeddingWeights = TensorType.F32,
        Tied = true,
        Scales = true,
        BytePair = true,
    });

    /// <summary>Mistral's shape: llama with SentencePiece and heads whose size is given.</summary>
    public static GgufWriter Mistral(TensorType weights = TensorType.F32) =>
        Build(new TinyShape { Weights = weights, HeadSize = 32 }).Set("llama.vocab_size", 270u);

    /// <summary>Mixtral's shape: llama with experts, some of them used.</summary>
    public static GgufWriter Experts(TensorType weights = TensorType.F32, int count = 4, int used = 2) =>
        Build(new TinyShape { Weights = weights, Experts = count, ExpertsUsed = used });

    /// <summary>Gemma 2's shape: every second layer with a sliding window, soft caps, norms behind as well as before.</summary>
    public static GgufWriter Gemma2(TensorType weights = TensorType.F32) =>
        Build(new TinyShape { Architecture = "gemma2", Weights = weights, HeadSize = 32 });

    /// <summary>Phi-3's shape: queries, keys and values in one matrix, gate and up in another.</summary>
    public static GgufWriter Phi3(TensorType weights = TensorType.F32, bool longRope = false) =>
        Build(new TinyShape { Architecture = "phi3", Weights = weights, Fused = true, RopeSize = 16, RopeFactors = longRope })
            .Set("phi3.attention.sliding_window", 64u);

    /// <summary>A LoRA adapter of rank 4 for matrices of a model.</summary>
    public static GgufWriter Adapter(string architecture = "llama", params ReadOnlySpan<(string Name, long Inputs, long Outputs)> targets)
    {
        const int Rank = 4;
        GgufWriter writer = new();
        writer.Set("general.type", "adapter").Set("general.architecture", architecture).Set("adapter.type", "lora").Set("adapter.lora.alpha", 8f);
        Random random = new(2);
        foreach ((string name, long inputs, long outputs) in targets)
        {
            writer.Add(name + ".lora_a", TensorType.F32, [inputs, Rank], RandomTensors.Weights(random, TensorType.F32, inputs * Rank));
            writer.Add(name + ".lora_b", TensorType.F32, [Rank, outputs], RandomTensors.Weights(random, TensorType.F32, Rank * outputs));
        }
        return writer;
    }

    private static Func<GgufWriter> Once(Func<GgufWriter> make)
    {
        Lazy<GgufWriter> made = new(make);
        return () => made.Value.Clone();
    }
}
