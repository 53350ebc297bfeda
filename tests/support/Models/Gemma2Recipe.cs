namespace LlamaSpan.TestSupport;

/// <summary>Gemma 2: heads of a size of their own, a sliding window in every other block, norms behind layers too, soft caps.</summary>
internal static class Gemma2Recipe
{
    public static ModelBuilder Build(string name, Native.ggml_type weights = Native.ggml_type.GGML_TYPE_Q8_0)
    {
        const int HeadSize = 64;
        ModelBuilder model = new(name, "gemma2", weights) { Blocks = 4 };
        model.Describe("llama-spm", contextLength: 2048, "google-gemma-2-2b-it", "<start_of_turn>", "<end_of_turn>");
        model.Set("attention.layer_norm_rms_epsilon", 1e-6f).Set("rope.freq_base", 10000f);
        model.Set("attention.key_length", HeadSize).Set("attention.value_length", HeadSize).Set("attention.sliding_window", 64);
        model.Set("attn_logit_softcapping", 50f).Set("final_logit_softcapping", 30f);
        model.Table("token_embd.weight", model.Embedding, model.Vocabulary);
        model.Norm("output_norm.weight", model.Embedding);
        for (int block = 0; block < model.Blocks; block++)
        {
            string prefix = $"blk.{block}.";
            model.Norm($"{prefix}attn_norm.weight", model.Embedding);
            model.Matrix($"{prefix}attn_q.weight", model.Embedding, model.Heads * HeadSize);
            model.Matrix($"{prefix}attn_k.weight", model.Embedding, model.KvHeads * HeadSize);
            model.Matrix($"{prefix}attn_v.weight", model.Embedding, model.KvHeads * HeadSize);
            model.Matrix($"{prefix}attn_output.weight", model.Heads * HeadSize, model.Embedding);
            model.Norm($"{prefix}post_attention_norm.weight", model.Embedding);
            LlamaRecipes.FeedForward(model, prefix);
            model.Norm($"{prefix}post_ffw_norm.weight", model.Embedding);
        }
        return model;
    }
}
