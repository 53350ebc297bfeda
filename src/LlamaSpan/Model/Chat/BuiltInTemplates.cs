using System.Text;

namespace LlamaSpan;

/// <summary>Prompt formats of model families, for GGUFs that bring no template.</summary>
public static class BuiltInTemplates
{
    /// <summary>ChatML, the format of most models that have none of their own: Qwen, SmolLM, Hermes and the default model.</summary>
    public const string ChatMl = """
        {%- for message in messages -%}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}
        """;

    /// <summary>Llama 3, 3.1 and later.</summary>
    public const string Llama3 = """
        {{- bos_token -}}
        {%- for message in messages -%}
        {{- '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' + message.content|trim + '<|eot_id|>' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}{%- endif -%}
        """;

    /// <summary>Mistral Instruct v0.3: a system message stands before the first question, within its marks.</summary>
    public const string Mistral = """
        {{- bos_token -}}
        {%- set ns = namespace(system='') -%}
        {%- for message in messages -%}
        {%- if message.role == 'system' -%}{%- set ns.system = message.content + '\n\n' -%}
        {%- elif message.role == 'user' -%}{{- '[INST] ' + ns.system + message.content + '[/INST]' -}}{%- set ns.system = '' -%}
        {%- elif message.role == 'assistant' -%}{{- ' ' + message.content|trim + eos_token -}}
        {%- else -%}{{- raise_exception('This format knows the roles system, user and assistant, not ' + message.role) -}}
        {%- endif -%}
        {%- endfor -%}
        """;

    /// <summary>Gemma 2: it knows no system role; such a message is put before the next one.</summary>
    public const string Gemma2 = """
        {{- bos_token -}}
        {%- for message in messages -%}
        {%- if message.role == 'system' -%}{{- raise_exception('System role not supported') -}}{%- endif -%}
        {%- set role = 'model' if message.role == 'assistant' else message.role -%}
        {{- '<start_of_turn>' + role + '\n' + message.content|trim + '<end_of_turn>\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{- '<start_of_turn>model\n' -}}{%- endif -%}
        """;

    /// <summary>Phi-3 mini, and its variants for special tasks.</summary>
    public const string Phi3 = """
        {{- bos_token -}}
        {%- for message in messages -%}
        {{- '<|' + message.role + '|>\n' + message.content + '<|end|>\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{- '<|assistant|>\n' -}}{%- endif -%}
        """;

    /// <summary>What turns end with in these formats and others of their families.</summary>
    internal static IReadOnlyList<string> TurnEnds { get; } = ["<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<|end|>", "</s>", "<|endoftext|>"];

    /// <summary>The format of a model's family, told by the marks that its vocabulary has; <see cref="ChatMl"/> where it has none of them.</summary>
    public static string For(LlamaModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Vocabulary vocabulary = model.Vocabulary;
        if (Knows(vocabulary, "<|im_start|>"))
            return ChatMl;
        if (Knows(vocabulary, "<|start_header_id|>"))
            return Llama3;
        if (Knows(vocabulary, "<start_of_turn>") || model.Architecture.StartsWith("gemma", StringComparison.Ordinal))
            return Gemma2;
        if (model.Architecture == "phi3" || (Knows(vocabulary, "<|user|>") && Knows(vocabulary, "<|end|>")))
            return Phi3;
        return Knows(vocabulary, "[INST]") || IsMistral(model) ? Mistral : ChatMl;
    }

    private static bool Knows(Vocabulary vocabulary, string mark) => vocabulary.FindSpecial(Encoding.UTF8.GetBytes(mark)).Exists;

    private static bool IsMistral(LlamaModel model) =>
        model.Metadata.GetValueOrDefault("general.name", "").Contains("mistral", StringComparison.OrdinalIgnoreCase)
        || model.Metadata.GetValueOrDefault("general.basename", "").Contains("mistral", StringComparison.OrdinalIgnoreCase);
}
