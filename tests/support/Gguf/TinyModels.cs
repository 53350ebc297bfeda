using System.Buffers.Binary;

namespace LlamaSpan.TestSupport;

/// <summary>
/// Random-weight models of a few hundred kilobytes, written by managed code alone, in the architectures that are validated beyond their
/// structure. Each call gives a new writer, to be changed at will; the same weights each time.
/// </summary>
public static class TinyModels
{
    private const int Blocks = 2;
    private const int Heads = 4;
    private const int KvHeads = 2;

    /// <summary>All of them by name.</summary>
    public static IReadOnlyDictionary<string, Func<GgufWriter>> All { get; } = new Dictionary<string, Func<GgufWriter>>
    {
        ["llama"] = Once(() => Llama()),
        ["llama-tied-q8_0"] = Once(() => Llama(TensorType.Q8_0, tied: true)),
        ["llama-fused"] = Once(() => Llama(TensorType.F16, fused: true)),
        ["llama-nvfp4"] = Once(LlamaNvfp4),
        ["mistral"] = Once(() => Mistral()),
        ["experts"] = Once(() => Experts()),
        ["gemma2"] = Once(() => Gemma2()),
        ["gemma2-q4_0"] = Once(() => Gemma2(TensorType.Q4_0)),
        ["phi3"] = Once(() => Phi3()),
        ["phi3-longrope-q4_1"] = Once(() => Phi3(TensorType.Q4_1, longRope: true)),
    };

    /// <summary>Llama 3's shape: byte-level BPE, grouped queries, RoPE factors.</summary>
    public static GgufWriter Llama(TensorType weights = TensorType.F32, bool tied = false, bool fused = false)
    {
        Builder builder = new("llama", embedding: 64, feedForward: 96, weights);
        builder.Writer.Set("llama.rope.freq_base", 500000f).Set("llama.rope.dimension_count", 16u);
        builder.AddVocabulary(TinyVocabulary.AddBytePair);
        if (!tied)
            builder.Matrix("output.weight", 64, builder.Vocabulary);
        builder.Vector("rope_freqs.weight", 8);
        for (int block = 0; block < Blocks; block++)
        {
            builder.Attention(block, fused);
            builder.Gated(block);
        }
        return builder.Writer;
    }

    /// <summary>Llama with feed-forward weights in NVFP4, their scales beside them.</summary>
    public static GgufWriter LlamaNvfp4()
    {
        Builder builder = new("llama", embedding: 64, feedForward: 128, TensorType.NVFP4);
        builder.AddVocabulary(TinyVocabulary.AddBytePair, embeddingType: TensorType.F32);
        for (int block = 0; block < Blocks; block++)
        {
            builder.Attention(block, fused: false);
            builder.Gated(block);
            foreach (string name in (string[])["ffn_gate", "ffn_up", "ffn_down", "attn_q"])
            {
                builder.Vector($"blk.{block}.{name}.scale", 1);
                builder.Vector($"blk.{block}.{name}.input_scale", 1);
            }
        }
        return builder.Writer;
    }

    /// <summary>Mistral's shape: llama with SentencePiece and heads whose size is given.</summary>
    public static GgufWriter Mistral(TensorType weights = TensorType.F32)
    {
        Builder builder = new("llama", embedding: 64, feedForward: 96, weights, headSize: 32);
        builder.Writer.Set("llama.attention.key_length", 32u).Set("llama.attention.value_length", 32u).Set("llama.vocab_size", 270u);
        builder.AddVocabulary(TinyVocabulary.AddSentencePiece);
        builder.Matrix("output.weight", 64, builder.Vocabulary);
        for (int block = 0; block < Blocks; block++)
        {
            builder.Attention(block, fused: false);
            builder.Gated(block);
        }
        return builder.Writer;
    }

    /// <summary>Mixtral's shape: llama with four experts, two of them used.</summary>
    public static GgufWriter Experts(TensorType weights = TensorType.F32, int count = 4, int used = 2)
    {
        Builder builder = new("llama", embedding: 64, feedForward: 96, weights);
        builder.Writer.Set("llama.expert_count", (uint)count).Set("llama.expert_used_count", (uint)used);
        builder.AddVocabulary(TinyVocabulary.AddSentencePiece);
        builder.Matrix("output.weight", 64, builder.Vocabulary);
        for (int block = 0; block < Blocks; block++)
        {
            builder.Attention(block, fused: false);
            builder.Matrix($"blk.{block}.ffn_gate_inp.weight", TensorType.F32, 64, count);
            builder.Matrix($"blk.{block}.ffn_gate_exps.weight", 64, 96, count);
            builder.Matrix($"blk.{block}.ffn_up_exps.weight", 64, 96, count);
            builder.Matrix($"blk.{block}.ffn_down_exps.weight", 96, 64, count);
        }
        return builder.Writer;
    }

    /// <summary>Gemma 2's shape: every second layer with a sliding window, soft caps, norms behind as well as before.</summary>
    public static GgufWriter Gemma2(TensorType weights = TensorType.F32)
    {
        Builder builder = new("gemma2", embedding: 64, feedForward: 96, weights, headSize: 32);
        builder.Writer.Set("gemma2.attention.key_length", 32u).Set("gemma2.attention.value_length", 32u);
        builder.Writer.Set("gemma2.attention.sliding_window", 16u);
        builder.Writer.Set("gemma2.attn_logit_softcapping", 50f).Set("gemma2.final_logit_softcapping", 30f);
        builder.AddVocabulary(TinyVocabulary.AddSentencePiece);
        for (int block = 0; block < Blocks; block++)
        {
            builder.Attention(block, fused: false);
            builder.Vector($"blk.{block}.post_attention_norm.weight", 64);
            builder.Gated(block);
            builder.Vector($"blk.{block}.post_ffw_norm.weight", 64);
        }
        return builder.Writer;
    }

    /// <summary>Phi-3's shape: queries, keys and values in one matrix, gate and up in another.</summary>
    public static GgufWriter Phi3(TensorType weights = TensorType.F32, bool longRope = false)
    {
        Builder builder = new("phi3", embedding: 64, feedForward: 96, weights);
        builder.Writer.Set("phi3.rope.dimension_count", 16u).Set("phi3.attention.sliding_window", 64u);
        builder.AddVocabulary(TinyVocabulary.AddSentencePiece);
        builder.Matrix("output.weight", 64, builder.Vocabulary);
        if (longRope)
        {
            builder.Writer.Set("phi3.rope.scaling.original_context_length", 64u).Set("phi3.rope.scaling.attn_factor", 1.1f);
            builder.Vector("rope_factors_long.weight", 8);
            builder.Vector("rope_factors_short.weight", 8);
        }
        for (int block = 0; block < Blocks; block++)
        {
            builder.Attention(block, fused: true);
            builder.Matrix($"blk.{block}.ffn_up.weight", 64, 2 * 96);
            builder.Matrix($"blk.{block}.ffn_down.weight", 96, 64);
        }
        return builder.Writer;
    }

    /// <summary>A LoRA adapter of rank 4 for the queries and the feed-forward network of a model of this class.</summary>
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

    private sealed class Builder
    {
        private readonly Random _random = new(1);
        private readonly TensorType _weights;
        private readonly int _embedding;
        private readonly int _feedForward;
        private readonly int _headSize;

        public Builder(string architecture, int embedding, int feedForward, TensorType weights, int headSize = 0)
        {
            (_weights, _embedding, _feedForward) = (weights, embedding, feedForward);
            _headSize = headSize > 0 ? headSize : embedding / Heads;
            Writer.Set("general.architecture", architecture).Set("general.name", "tiny " + architecture);
            Writer.Set(architecture + ".context_length", 128u).Set(architecture + ".embedding_length", (uint)embedding);
            Writer.Set(architecture + ".block_count", (uint)Blocks).Set(architecture + ".feed_forward_length", (uint)feedForward);
            Writer.Set(architecture + ".attention.head_count", (uint)Heads).Set(architecture + ".attention.head_count_kv", (uint)KvHeads);
            Writer.Set(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f);
        }

        public GgufWriter Writer { get; } = new();

        public int Vocabulary { get; private set; }

        public void AddVocabulary(Func<GgufWriter, int> add, TensorType? embeddingType = null)
        {
            Vocabulary = add(Writer);
            Matrix("token_embd.weight", embeddingType ?? _weights, _embedding, Vocabulary);
            Vector("output_norm.weight", _embedding);
        }

        public void Attention(int block, bool fused)
        {
            (int query, int kv) = (Heads * _headSize, KvHeads * _headSize);
            Vector($"blk.{block}.attn_norm.weight", _embedding);
            if (fused)
            {
                Matrix($"blk.{block}.attn_qkv.weight", _embedding, query + (2 * kv));
            }
            else
            {
                Matrix($"blk.{block}.attn_q.weight", _embedding, query);
                Matrix($"blk.{block}.attn_k.weight", _embedding, kv);
                Matrix($"blk.{block}.attn_v.weight", _embedding, kv);
            }
            Matrix($"blk.{block}.attn_output.weight", query, _embedding);
            Vector($"blk.{block}.ffn_norm.weight", _embedding);
        }

        public void Gated(int block)
        {
            Matrix($"blk.{block}.ffn_gate.weight", _embedding, _feedForward);
            Matrix($"blk.{block}.ffn_up.weight", _embedding, _feedForward);
            Matrix($"blk.{block}.ffn_down.weight", _feedForward, _embedding);
        }

        public void Matrix(string name, params long[] shape) => Matrix(name, _weights, shape);

        public void Matrix(string name, TensorType type, params long[] shape) =>
            Writer.Add(name, type, shape, RandomTensors.Weights(_random, type, shape.Aggregate((a, b) => a * b)));

        public void Vector(string name, int size)
        {
            byte[] data = new byte[size * sizeof(float)];
            for (int i = 0; i < size; i++)
                BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(i * sizeof(float)), 0.9f + (0.2f * _random.NextSingle()));
            Writer.Add(name, TensorType.F32, [size], data);
        }
    }
}
