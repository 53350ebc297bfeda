namespace LlamaSpan.TestSupport;

/// <summary>Names that llama.cpp looks for in a file, for mutations that add what a file does not have.</summary>
internal static class GgufKeys
{
    public static readonly string[] All =
    [
        "general.alignment", "general.architecture", "general.name", "general.type", "general.file_type", "general.quantization_version",
        "split.no", "split.count", "split.tensors.count",
        "{arch}.vocab_size", "{arch}.context_length", "{arch}.embedding_length", "{arch}.embedding_length_out", "{arch}.block_count",
        "{arch}.feed_forward_length", "{arch}.expert_count", "{arch}.expert_used_count", "{arch}.expert_group_count",
        "{arch}.expert_group_used_count", "{arch}.expert_shared_count", "{arch}.expert_gating_func", "{arch}.expert_weights_scale",
        "{arch}.nextn_predict_layers", "{arch}.pooling_type", "{arch}.attention.causal", "{arch}.attention.head_count",
        "{arch}.attention.head_count_kv", "{arch}.attention.key_length", "{arch}.attention.value_length", "{arch}.attention.key_length_swa",
        "{arch}.attention.value_length_swa", "{arch}.attention.layer_norm_rms_epsilon", "{arch}.attention.layer_norm_epsilon",
        "{arch}.attention.sliding_window", "{arch}.attention.sliding_window_pattern", "{arch}.attention.scale", "{arch}.attention.clamp_kqv",
        "{arch}.attention.max_alibi_bias", "{arch}.attn_logit_softcapping", "{arch}.final_logit_softcapping", "{arch}.logit_scale",
        "{arch}.rope.dimension_count", "{arch}.rope.dimension_count_swa", "{arch}.rope.dimension_sections", "{arch}.rope.freq_base",
        "{arch}.rope.freq_base_swa", "{arch}.rope.scale_linear", "{arch}.rope.scaling.type", "{arch}.rope.scaling.factor",
        "{arch}.rope.scaling.attn_factor", "{arch}.rope.scaling.alpha", "{arch}.rope.scaling.original_context_length",
        "{arch}.rope.scaling.finetuned", "{arch}.rope.scaling.yarn_log_multiplier", "{arch}.classifier.output_labels",
        "tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "tokenizer.ggml.scores",
        "tokenizer.ggml.merges", "tokenizer.ggml.token_type_count", "tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id",
        "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id", "tokenizer.ggml.unknown_token_id", "tokenizer.ggml.seperator_token_id",
        "tokenizer.ggml.padding_token_id", "tokenizer.ggml.mask_token_id", "tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.add_bos_token",
        "tokenizer.ggml.add_eos_token", "tokenizer.ggml.add_sep_token", "tokenizer.ggml.add_space_prefix",
        "tokenizer.ggml.remove_extra_whitespaces", "tokenizer.ggml.precompiled_charsmap", "tokenizer.ggml.suppress_tokens",
        "tokenizer.chat_template", "adapter.type", "adapter.lora.alpha", "adapter.alora.invocation_tokens",
    ];

    public static readonly string[] Texts =
    [
        "", "llama", "gemma2", "phi3", "mistral3", "qwen3", "gpt2", "bert", "t5", "rwkv", "plamo2", "gemma4", "none", "no_vocab", "test",
        "hybriddna", "whitespace", "default", "llama-bpe", "tekken", "chatglm-bpe", "kimi-k2", "smollm", "deepseek-llm", "linear", "yarn",
        "longrope", "phi-3", "modern-bert", "jina-v2-de", "adapter", "lora", "\0", "%s%n", "{% for %}", new string('x', 3000),
    ];

    public static readonly string[] TensorSuffixes = [".bias", ".scale", ".input_scale", ".lora_a", ".lora_b", ""];

    public static readonly string[] Tensors =
    [
        "output.weight", "output.bias", "output.scale", "output.input_scale", "output_norm.bias", "rope_freqs.weight",
        "rope_factors_long.weight", "rope_factors_short.weight", "blk.0.attn_qkv.weight", "blk.0.attn_qkv.bias", "blk.0.attn_q.bias",
        "blk.0.attn_output.bias", "blk.0.ffn_gate_inp.weight", "blk.0.ffn_up_exps.weight", "blk.0.ffn_down.bias", "blk.0.ffn_norm.bias",
        "token_embd_norm.weight", "cls.weight", "blk.0.attn_q_norm.weight",
    ];
}
