namespace LlamaSpan.TestSupport;

/// <summary>State-space models: Mamba, and Jamba, which mixes its blocks with attention.</summary>
internal static class MambaRecipes
{
    private const int Convolution = 4;
    private const int State = 16;
    private const int TimeRank = 8;

    public static ModelBuilder Mamba(string name)
    {
        ModelBuilder model = Start(name, "mamba", Native.ggml_type.GGML_TYPE_Q8_0);
        for (int block = 0; block < model.Blocks; block++)
            StateSpace(model, $"blk.{block}.", normalised: false);
        return model;
    }

    public static ModelBuilder Jamba(string name, Native.ggml_type weights = Native.ggml_type.GGML_TYPE_Q8_0)
    {
        const int AttentionBlock = 1;
        ModelBuilder model = Start(name, "jamba", weights);
        model.Set("attention.head_count_kv", (int[])[.. Enumerable.Range(0, model.Blocks).Select(block => block == AttentionBlock ? model.KvHeads : 0)]);
        for (int block = 0; block < model.Blocks; block++)
        {
            string prefix = $"blk.{block}.";
            if (block == AttentionBlock)
                LlamaRecipes.Attention(model, prefix);
            else
                StateSpace(model, prefix, normalised: true);
            LlamaRecipes.FeedForward(model, prefix);
        }
        return model;
    }

    private static ModelBuilder Start(string name, string architecture, Native.ggml_type weights)
    {
        ModelBuilder model = new(name, architecture, weights);
        model.Describe("llama-spm", contextLength: 2048);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f);
        model.Set("ssm.conv_kernel", Convolution).Set("ssm.inner_size", 2 * model.Embedding).Set("ssm.state_size", State).Set("ssm.time_step_rank", TimeRank);
        model.Table("token_embd.weight", model.Embedding, model.Vocabulary);
        model.Norm("output_norm.weight", model.Embedding);
        model.Table("output.weight", model.Embedding, model.Vocabulary);
        return model;
    }

    private static void StateSpace(ModelBuilder model, string prefix, bool normalised)
    {
        int inner = 2 * model.Embedding;
        model.Norm($"{prefix}attn_norm.weight", model.Embedding);
        model.Matrix($"{prefix}ssm_in.weight", model.Embedding, 2 * inner);
        model.ExactMatrix($"{prefix}ssm_conv1d.weight", Convolution, inner);
        model.Vector($"{prefix}ssm_conv1d.bias", inner);
        model.Matrix($"{prefix}ssm_x.weight", inner, TimeRank + (2 * State));
        model.ExactMatrix($"{prefix}ssm_dt.weight", TimeRank, inner);
        model.Vector($"{prefix}ssm_dt.bias", inner);
        // the rate at which a state fades: negative, or it grows without end
        model.Values($"{prefix}ssm_a", [State, inner], center: -1, spread: 0.3f);
        model.Vector($"{prefix}ssm_d", inner, center: 1);
        model.Matrix($"{prefix}ssm_out.weight", inner, model.Embedding);
        if (!normalised)
            return;
        model.Norm($"{prefix}ssm_dt_norm.weight", TimeRank);
        model.Norm($"{prefix}ssm_b_norm.weight", State);
        model.Norm($"{prefix}ssm_c_norm.weight", State);
    }
}
