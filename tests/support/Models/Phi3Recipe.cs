using LlamaSpan.Native;

namespace LlamaSpan.TestSupport;

/// <summary>Phi-3: one matrix for queries, keys and values, one for gate and up.</summary>
internal static class Phi3Recipe
{
    public static ModelBuilder Build(string name)
    {
        ModelBuilder model = new(name, "phi3", ggml_type.GGML_TYPE_Q4_0) { KvHeads = 4 };
        model.Describe("phi-3", contextLength: 2048);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f).Set("rope.dimension_count", model.HeadSize).Set("rope.freq_base", 10000f);
        model.Set("rope.scaling.original_context_length", 2048);
        model.Table("token_embd.weight", model.Embedding, model.Vocabulary);
        model.Norm("output_norm.weight", model.Embedding);
        model.Table("output.weight", model.Embedding, model.Vocabulary);
        for (int block = 0; block < model.Blocks; block++)
        {
            string prefix = $"blk.{block}.";
            model.Norm($"{prefix}attn_norm.weight", model.Embedding);
            model.Matrix($"{prefix}attn_qkv.weight", model.Embedding, model.Embedding + (2 * model.KvHeads * model.HeadSize));
            model.Matrix($"{prefix}attn_output.weight", model.Embedding, model.Embedding);
            model.Norm($"{prefix}ffn_norm.weight", model.Embedding);
            model.Matrix($"{prefix}ffn_up.weight", model.Embedding, 2 * model.FeedForward);
            model.Matrix($"{prefix}ffn_down.weight", model.FeedForward, model.Embedding);
        }
        return model;
    }
}
