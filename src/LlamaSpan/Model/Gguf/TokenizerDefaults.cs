using System.Diagnostics.CodeAnalysis;

namespace LlamaSpan;

/// <summary>
/// What llama.cpp assumes of a tokenizer before it reads the special tokens' keys (llama_vocab::impl::load): ids, -1 for none, and which
/// of them it puts around a prompt.
/// </summary>
internal sealed record TokenizerDefaults
{
    // the pre-tokenizers of byte-pair vocabularies that add BOS unless told otherwise
    private static readonly HashSet<string> s_addBosPre =
    [
        "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano", "tekken", "chameleon",
    ];

    public int Bos { get; init; } = -1;

    public int Eos { get; init; } = -1;

    public int Sep { get; init; } = -1;

    public bool AddBos { get; init; }

    public bool AddEos { get; init; }

    /// <summary>BOS is added whatever the metadata says.</summary>
    public bool ForcesBos { get; init; }

    /// <summary>BOS and the separator are added whatever the metadata says.</summary>
    public bool ForcesBosAndSep { get; init; }

    /// <summary>True if the tokenizer never adds special tokens.</summary>
    public bool AddsNone { get; init; }

    public bool HasMerges { get; init; }

    /// <summary>The defaults of a tokenizer model; false if llama.cpp has no such model.</summary>
    public static bool TryGet(string model, string pre, [NotNullWhen(true)] out TokenizerDefaults? defaults)
    {
        defaults = model switch
        {
            "llama" => new() { Bos = 1, Eos = 2, AddBos = true },
            "bert" => new() { Bos = 101, Sep = 102, AddBos = true, ForcesBosAndSep = true },
            "gpt2" or "hybriddna" or "whitespace" => BytePair(pre),
            "gemma4" => new() { AddBos = true, ForcesBos = true, HasMerges = true },
            "t5" => new() { Eos = 1, AddEos = true },
            "rwkv" or "test" or "plamo2" => new() { AddsNone = true },
            _ => null,
        };
        return defaults is not null;
    }

    private static TokenizerDefaults BytePair(string pre)
    {
        bool forces = pre is "gemma4" or "granite-embed-multi-311m";
        return new()
        {
            Bos = pre is "glm4" or "chatglm-bpe" ? -1 : 11,
            Eos = 11,
            AddBos = forces || s_addBosPre.Contains(pre),
            ForcesBos = forces,
            HasMerges = true,
        };
    }
}
