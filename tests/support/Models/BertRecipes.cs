using LlamaSpan.Native;

namespace LlamaSpan.TestSupport;

/// <summary>BERT: an encoder whose outputs are pooled to one embedding or rank a sequence.</summary>
internal static class BertRecipes
{
    public const int MeanPooling = (int)llama_pooling_type.LLAMA_POOLING_TYPE_MEAN;
    public const int RankPooling = (int)llama_pooling_type.LLAMA_POOLING_TYPE_RANK;

    public static ModelBuilder Build(string name, int pooling)
    {
        const int ContextLength = 512, TokenTypes = 2;
        ModelBuilder model = new(name, "bert", ggml_type.GGML_TYPE_F16) { KvHeads = 4 };
        model.Describe("bert-bge", ContextLength);
        model.File.Set("tokenizer.ggml.token_type_count", TokenTypes);
        model.Set("attention.layer_norm_epsilon", 1e-12f).Set("attention.causal", false).Set("pooling_type", pooling);
        model.Table("token_embd.weight", model.Embedding, model.Vocabulary);
        Affine(model, "token_embd_norm", model.Embedding);
        model.ExactMatrix("token_types.weight", model.Embedding, TokenTypes);
        model.ExactMatrix("position_embd.weight", model.Embedding, ContextLength);
        for (int block = 0; block < model.Blocks; block++)
            Block(model, $"blk.{block}.");
        if (pooling == RankPooling)
        {
            Biased(model, "cls", model.Embedding, model.Embedding);
            Biased(model, "cls.output", model.Embedding, 1);
        }
        return model;
    }

    private static void Block(ModelBuilder model, string prefix)
    {
        foreach (string matrix in (string[])["attn_q", "attn_k", "attn_v", "attn_output"])
            Biased(model, prefix + matrix, model.Embedding, model.Embedding);
        Affine(model, $"{prefix}attn_output_norm", model.Embedding);
        Biased(model, $"{prefix}ffn_up", model.Embedding, model.FeedForward);
        Biased(model, $"{prefix}ffn_down", model.FeedForward, model.Embedding);
        Affine(model, $"{prefix}layer_output_norm", model.Embedding);
    }

    private static void Biased(ModelBuilder model, string name, int inputs, int outputs)
    {
        model.Matrix($"{name}.weight", inputs, outputs);
        model.Vector($"{name}.bias", outputs);
    }

    private static void Affine(ModelBuilder model, string name, int length)
    {
        model.Norm($"{name}.weight", length);
        model.Vector($"{name}.bias", length);
    }
}
