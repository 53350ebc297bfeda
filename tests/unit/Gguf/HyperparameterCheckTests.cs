using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

public sealed class HyperparameterCheckTests
{
    [Fact]
    public void Accepts_every_tiny_model()
    {
        foreach ((string name, Func<GgufWriter> make) in TinyModels.All)
            Assert.True(Refusal.None(make()).IsFullyChecked, name);
    }

    [Fact]
    public void Checks_only_structure_and_vocabulary_of_other_architectures()
    {
        GgufModel model = Refusal.None(TinyModels.Llama().Set("general.architecture", "qwen4exp"));
        Assert.Equal("qwen4exp", model.Architecture);
        Assert.False(model.IsFullyChecked);
    }

    [Fact]
    public void Refuses_a_file_without_architecture() =>
        Refusal.Of(TinyModels.Llama().Remove("general.architecture"), ModelLoadFailure.Hyperparameters, "general.architecture");

    [Theory]
    [InlineData("context_length", 0u)]
    [InlineData("context_length", 0x80000000u)]
    [InlineData("embedding_length", 0u)]
    [InlineData("block_count", 0u)]
    [InlineData("block_count", 513u)]
    [InlineData("attention.head_count", 0u)]
    [InlineData("attention.head_count_kv", 0u)]
    [InlineData("attention.head_count_kv", 3u)]
    [InlineData("attention.head_count_kv", 8u)]
    [InlineData("attention.key_length", 0u)]
    [InlineData("attention.key_length", 0xFFFFFFFFu)]
    [InlineData("attention.value_length", 15u)]
    [InlineData("attention.key_length_swa", 8u)]
    [InlineData("attention.value_length_swa", 8u)]
    [InlineData("rope.dimension_count", 0u)]
    [InlineData("rope.dimension_count", 8u)]
    [InlineData("rope.dimension_count", 18u)]
    [InlineData("rope.dimension_count_swa", 8u)]
    [InlineData("nextn_predict_layers", 1u)]
    [InlineData("embedding_length_out", 32u)]
    [InlineData("pooling_type", 5u)]
    [InlineData("expert_count", 1025u)]
    [InlineData("expert_used_count", 1u)]
    [InlineData("expert_group_count", 1u)]
    public void Refuses_a_count_that_is_impossible(string name, uint value)
    {
        ModelLoadException error = Assert.Throws<ModelLoadException>(() => Refusal.None(TinyModels.Llama().Set("llama." + name, value)));
        Assert.Equal(ModelLoadFailure.Hyperparameters, error.Reason);
        Assert.Contains($"'llama.{name}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("context_length")]
    [InlineData("embedding_length")]
    [InlineData("block_count")]
    [InlineData("feed_forward_length")]
    [InlineData("attention.head_count")]
    [InlineData("attention.layer_norm_rms_epsilon")]
    public void Refuses_a_missing_or_mistyped_hyperparameter(string name)
    {
        string key = "llama." + name;
        Refusal.Of(TinyModels.Llama().Remove(key), ModelLoadFailure.Hyperparameters, $"no key '{key}'");
        Refusal.Of(TinyModels.Llama().Set(key, "many"), ModelLoadFailure.Hyperparameters, $"'{key}' (at byte", "is String");
        Refusal.Of(TinyModels.Llama().Set(key, 7L), ModelLoadFailure.Hyperparameters, key, "is Int64");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1e-5f)]
    public void Refuses_an_epsilon_that_is_negative_or_no_number(float value) =>
        Refusal.Of(TinyModels.Llama().Set("llama.attention.layer_norm_rms_epsilon", value), ModelLoadFailure.Hyperparameters, "layer_norm_rms_epsilon");

    [Theory]
    [InlineData("rope.freq_base", 0f)]
    [InlineData("rope.freq_base", -1f)]
    [InlineData("rope.freq_base", float.NaN)]
    [InlineData("rope.scaling.factor", -2f)]
    [InlineData("rope.scaling.factor", float.NegativeInfinity)]
    [InlineData("rope.scale_linear", -2f)]
    [InlineData("rope.scaling.attn_factor", float.NaN)]
    public void Refuses_rope_numbers_that_make_no_sense(string name, float value)
    {
        ModelLoadException error = Assert.Throws<ModelLoadException>(() => Refusal.None(TinyModels.Llama().Set("llama." + name, value)));
        Assert.Equal(ModelLoadFailure.Hyperparameters, error.Reason);
    }

    [Fact]
    public void Refuses_a_rope_scaling_that_llama_cpp_does_not_have()
    {
        Refusal.Of(TinyModels.Llama().Set("llama.rope.scaling.type", "su"), ModelLoadFailure.Hyperparameters, "'su'");
        foreach (string scaling in (string[])["none", "linear", "yarn"])
            Refusal.None(TinyModels.Llama().Set("llama.rope.scaling.type", scaling));
        Refusal.None(TinyModels.Mistral().Set("llama.rope.scaling.type", "longrope"));
    }

    [Fact]
    public void Refuses_odd_heads()
    {
        GgufWriter writer = TinyModels.Phi3().Set("phi3.rope.dimension_count", 15u);
        Refusal.Of(writer, ModelLoadFailure.Hyperparameters, "rotates 15 of the 16");
        Refusal.None(TinyModels.Phi3().Set("phi3.rope.dimension_count", 8u));
    }

    [Fact]
    public void Takes_a_value_for_each_layer_only_if_all_are_alike()
    {
        Refusal.None(TinyModels.Llama().Set("llama.attention.head_count_kv", new[] { 2u, 2u }).Set("llama.feed_forward_length", new[] { 96, 96 }));
        Refusal.Of(TinyModels.Llama().Set("llama.attention.head_count_kv", new[] { 2u, 4u }), ModelLoadFailure.Hyperparameters, "differs between layers");
        Refusal.Of(TinyModels.Llama().Set("llama.attention.head_count_kv", new[] { 2u }), ModelLoadFailure.Hyperparameters, "array of 1", "2 layers");
        Refusal.Of(TinyModels.Llama().Set("llama.attention.head_count", new[] { 4f, 4f }), ModelLoadFailure.Hyperparameters, "array of Float32");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Refuses_numbers_of_used_experts_that_there_are_not(int used) =>
        Refusal.Of(TinyModels.Experts().Set("llama.expert_used_count", (uint)used), ModelLoadFailure.Hyperparameters, "expert_used_count", "of 4 experts");

    [Fact]
    public void Refuses_expert_groups_that_do_not_part_the_experts()
    {
        Refusal.None(TinyModels.Experts().Set("llama.expert_group_count", 2u).Set("llama.expert_group_used_count", 1u));
        Refusal.Of(TinyModels.Experts().Set("llama.expert_group_count", 4u), ModelLoadFailure.Hyperparameters, "expert_group_count");
        Refusal.Of(TinyModels.Experts().Set("llama.expert_group_count", 3u), ModelLoadFailure.Hyperparameters, "expert_group_count");
        Refusal.Of(TinyModels.Experts().Set("llama.expert_group_count", 2u), ModelLoadFailure.Hyperparameters, "expert_group_used_count");
        Refusal.Of(TinyModels.Experts(count: 6).Set("llama.expert_group_count", 6u), ModelLoadFailure.Hyperparameters, "expert_group_count");
        Refusal.Of(TinyModels.Experts().Set("llama.expert_used_count", new[] { 1u, 2u }), ModelLoadFailure.Hyperparameters, "larger in a later layer");
    }

    [Fact]
    public void Refuses_a_gemma_without_sliding_windows_or_with_nothing_else()
    {
        const string Pattern = "gemma2.attention.sliding_window_pattern";
        Refusal.Of(TinyModels.Gemma2().Set("gemma2.attention.sliding_window", 0u), ModelLoadFailure.Hyperparameters, "sliding_window");
        Refusal.Of(TinyModels.Gemma2().Set("gemma2.attention.sliding_window", 0x80000000u), ModelLoadFailure.Hyperparameters, "sliding_window");
        Refusal.Of(TinyModels.Gemma2().Set(Pattern, 1u), ModelLoadFailure.Hyperparameters, Pattern);
        Refusal.Of(TinyModels.Gemma2().Set(Pattern, new[] { false, false, true }), ModelLoadFailure.Hyperparameters, Pattern);
        Refusal.Of(TinyModels.Gemma2().Set(Pattern, 0u), ModelLoadFailure.Hyperparameters, Pattern, "every layer");
        Refusal.None(TinyModels.Gemma2().Set(Pattern, new[] { false, true }));
        Refusal.Of(TinyModels.Gemma2().Set("gemma2.attn_logit_softcapping", float.NaN), ModelLoadFailure.Hyperparameters, "attn_logit_softcapping");
    }

    [Fact]
    public void Refuses_a_phi_whose_heads_do_not_fill_the_embedding() =>
        Refusal.Of(TinyModels.Phi3().Set("phi3.attention.key_length", 32u).Set("phi3.attention.value_length", 32u), ModelLoadFailure.Hyperparameters, "128 elements");

    [Fact]
    public void Refuses_more_labels_than_a_pooled_output_has_numbers()
    {
        string[] labels = [.. Enumerable.Range(0, 65).Select(i => $"label {i}")];
        Refusal.Of(TinyModels.Llama().Set("llama.classifier.output_labels", labels), ModelLoadFailure.Hyperparameters, "65 labels");
        Refusal.None(TinyModels.Llama().Set("llama.classifier.output_labels", labels[..64]));
    }

    [Fact]
    public void Takes_overrides_into_account()
    {
        Refusal.Of(TinyModels.Llama(), [new KvOverride("llama.block_count", 1000)], ModelLoadFailure.Hyperparameters, "'llama.block_count' (overridden) is 1000");
        Refusal.Of(TinyModels.Llama(), [new KvOverride("llama.block_count", 3)], ModelLoadFailure.Tensors, "blk.2.attn_norm.weight");
        Refusal.Of(TinyModels.Llama(), [new KvOverride("llama.rope.scaling.type", "su")], ModelLoadFailure.Hyperparameters, "'su'");
        Refusal.Of(TinyModels.Llama(), [new KvOverride("llama.attention.layer_norm_rms_epsilon", -1.0)], ModelLoadFailure.Hyperparameters, "epsilon");
        Refusal.Of(TinyModels.Llama(), [new KvOverride("tokenizer.ggml.eos_token_id", 9999)], ModelLoadFailure.Vocabulary, "(overridden) is 9999");
        Refusal.None(TinyModels.Llama().Set("llama.block_count", 1000u), [new KvOverride("llama.block_count", 2)]);
        Refusal.None(TinyModels.Llama().Remove("llama.block_count"), [new KvOverride("llama.block_count", 2)]);
    }

    [Fact]
    public void Takes_an_architecture_from_an_override()
    {
        GgufModel model = Refusal.None(TinyModels.Llama(), [new KvOverride("general.architecture", "other")]);
        Assert.Equal("other", model.Architecture);
        Refusal.Of(TinyModels.Llama(), [new KvOverride("general.architecture", "gemma2")], ModelLoadFailure.Hyperparameters, "gemma2.context_length");
    }

    [Fact]
    public void Ignores_overrides_of_another_kind_and_all_but_the_first_of_a_key()
    {
        Refusal.None(TinyModels.Llama(), [new KvOverride("llama.block_count", "many"), new KvOverride("llama.context_length", 5.0)]);
        Refusal.None(TinyModels.Llama(), [new KvOverride("llama.block_count", 2), new KvOverride("llama.block_count", 1000)]);
    }

    [Fact]
    public void Refuses_keys_and_texts_of_overrides_that_are_too_long()
    {
        Assert.Throws<ArgumentException>(() => new KvOverride("", 1));
        Assert.Throws<ArgumentException>(() => new KvOverride(new string('k', 128), 1));
        Assert.Throws<ArgumentException>(() => new KvOverride("a\0b", true));
        Assert.Throws<ArgumentException>(() => new KvOverride("key", new string('ü', 64)));
        Assert.Equal(KvOverrideKind.Text, new KvOverride("key", new string('ü', 63)).Kind);
    }
}
