using LlamaSpan.Native;

namespace LlamaSpan.TestSupport;

/// <summary>Models of the llama architecture.</summary>
internal static class LlamaRecipes
{
    public static ModelBuilder Llama3(string name, ggml_type weights = ggml_type.GGML_TYPE_Q8_0)
    {
        ModelBuilder model = Start(name, weights);
        // as Llama 3.1 has them: slow rotations are stretched
        model.File.Add("rope_freqs.weight", ggml_type.GGML_TYPE_F32, [model.HeadSize / 2],
            [.. Enumerable.Range(0, model.HeadSize / 2).Select(i => i < model.HeadSize / 4 ? 1f : 8f)]);
        Blocks(model);
        return model;
    }

    public static ModelBuilder Nvfp4(string name)
    {
        ModelBuilder model = Start(name, ggml_type.GGML_TYPE_NVFP4);
        for (int block = 0; block < model.Blocks; block++)
        {
            string prefix = $"blk.{block}.";
            model.Norm($"{prefix}attn_norm.weight", model.Embedding);
            model.ScaledMatrix($"{prefix}attn_q", model.Embedding, model.Embedding);
            model.ScaledMatrix($"{prefix}attn_k", model.Embedding, model.KvHeads * model.HeadSize);
            model.ScaledMatrix($"{prefix}attn_v", model.Embedding, model.KvHeads * model.HeadSize);
            model.ScaledMatrix($"{prefix}attn_output", model.Embedding, model.Embedding);
            model.Norm($"{prefix}ffn_norm.weight", model.Embedding);
            model.ScaledMatrix($"{prefix}ffn_gate", model.Embedding, model.FeedForward);
            model.ScaledMatrix($"{prefix}ffn_up", model.Embedding, model.FeedForward);
            model.ScaledMatrix($"{prefix}ffn_down", model.FeedForward, model.Embedding);
        }
        return model;
    }

    public static ModelBuilder Yarn(string name)
    {
        ModelBuilder model = Start(name, ggml_type.GGML_TYPE_Q8_0);
        model.Set("rope.scaling.type", "yarn").Set("rope.scaling.factor", 4f).Set("rope.scaling.original_context_length", 512);
        Blocks(model);
        return model;
    }

    /// <summary>SmolLM2-135M's shape with Llama 3's vocabulary of 128,256, input and output embeddings in one.</summary>
    public static ModelBuilder Llama135M(string name)
    {
        ModelBuilder model = new(name, "llama") { Embedding = 576, Blocks = 30, Heads = 9, KvHeads = 3, FeedForward = 1536, NormalTokens = int.MaxValue };
        model.Describe("llama-bpe", contextLength: 8192);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f).Set("rope.dimension_count", model.HeadSize).Set("rope.freq_base", 500_000f);
        model.Table("token_embd.weight", model.Embedding, model.Vocabulary);
        model.Norm("output_norm.weight", model.Embedding);
        Blocks(model);
        return model;
    }

    /// <summary>Llama 3.2 1B's shape.</summary>
    public static ModelBuilder Llama1B(string name)
    {
        ModelBuilder model = new(name, "llama", ggml_type.GGML_TYPE_Q4_0)
        {
            Embedding = 2048,
            Blocks = 16,
            Heads = 32,
            KvHeads = 8,
            FeedForward = 8192,
            NormalTokens = int.MaxValue,
        };
        model.Describe("llama-bpe", contextLength: 8192);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f).Set("rope.dimension_count", model.HeadSize).Set("rope.freq_base", 500_000f);
        model.Table("token_embd.weight", model.Embedding, model.Vocabulary);
        model.Norm("output_norm.weight", model.Embedding);
        Blocks(model);
        return model;
    }

    public static ModelBuilder Mistral(string name)
    {
        ModelBuilder model = new(name, "llama", ggml_type.GGML_TYPE_F16);
        model.Describe("llama-spm", contextLength: 2048, "mistralai-Mistral-Nemo-Instruct-2407",
            "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]");
        Parameters(model, ropeBase: 1_000_000);
        Blocks(model);
        return model;
    }

    public static ModelBuilder Experts(string name)
    {
        const int Experts = 4, Used = 2;
        ModelBuilder model = new(name, "llama") { FeedForward = 128 };
        model.Describe("llama-spm", contextLength: 2048);
        Parameters(model, ropeBase: 1_000_000);
        model.Set("expert_count", Experts).Set("expert_used_count", Used);
        for (int block = 0; block < model.Blocks; block++)
        {
            string prefix = $"blk.{block}.";
            Attention(model, prefix);
            model.Norm($"{prefix}ffn_norm.weight", model.Embedding);
            model.ExactMatrix($"{prefix}ffn_gate_inp.weight", model.Embedding, Experts);
            model.Matrix($"{prefix}ffn_gate_exps.weight", model.Embedding, model.FeedForward, Experts);
            model.Matrix($"{prefix}ffn_up_exps.weight", model.Embedding, model.FeedForward, Experts);
            model.Matrix($"{prefix}ffn_down_exps.weight", model.FeedForward, model.Embedding, Experts);
        }
        return model;
    }

    /// <summary>An attention layer of separate matrices, with the norm in front of it.</summary>
    public static void Attention(ModelBuilder model, string prefix)
    {
        model.Norm($"{prefix}attn_norm.weight", model.Embedding);
        model.Matrix($"{prefix}attn_q.weight", model.Embedding, model.Embedding);
        model.Matrix($"{prefix}attn_k.weight", model.Embedding, model.KvHeads * model.HeadSize);
        model.Matrix($"{prefix}attn_v.weight", model.Embedding, model.KvHeads * model.HeadSize);
        model.Matrix($"{prefix}attn_output.weight", model.Embedding, model.Embedding);
    }

    /// <summary>A gated feed-forward layer, with the norm in front of it.</summary>
    public static void FeedForward(ModelBuilder model, string prefix)
    {
        model.Norm($"{prefix}ffn_norm.weight", model.Embedding);
        model.Matrix($"{prefix}ffn_gate.weight", model.Embedding, model.FeedForward);
        model.Matrix($"{prefix}ffn_up.weight", model.Embedding, model.FeedForward);
        model.Matrix($"{prefix}ffn_down.weight", model.FeedForward, model.Embedding);
    }

    private static ModelBuilder Start(string name, ggml_type weights)
    {
        ModelBuilder model = new(name, "llama", weights);
        model.Describe("llama-bpe", contextLength: 2048, "meta-llama-Llama-3.1-8B-Instruct");
        Parameters(model, ropeBase: 500_000);
        return model;
    }

    private static void Parameters(ModelBuilder model, float ropeBase)
    {
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f).Set("rope.dimension_count", model.HeadSize).Set("rope.freq_base", ropeBase);
        model.Table("token_embd.weight", model.Embedding, model.Vocabulary);
        model.Norm("output_norm.weight", model.Embedding);
        model.Table("output.weight", model.Embedding, model.Vocabulary);
    }

    private static void Blocks(ModelBuilder model)
    {
        for (int block = 0; block < model.Blocks; block++)
        {
            Attention(model, $"blk.{block}.");
            FeedForward(model, $"blk.{block}.");
        }
    }
}
