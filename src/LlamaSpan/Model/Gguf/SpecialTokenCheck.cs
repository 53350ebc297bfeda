namespace LlamaSpan;

/// <summary>
/// Checks the ids of special tokens. llama.cpp drops one that is out of range and goes on with a default; it asserts later, when it has
/// to add a BOS, EOS or separator that it does not have.
/// </summary>
internal static class SpecialTokenCheck
{
    private const string Prefix = "tokenizer.ggml.";
    private const uint None = uint.MaxValue;    // -1, as some converters write "no such token"

    // an answer would not begin or end where it should: refused out of range
    private static readonly string[] s_steering = ["bos_token_id", "eos_token_id", "eot_token_id", "eom_token_id", "unknown_token_id"];

    // out of range they are only missing
    private static readonly string[] s_others =
    [
        "seperator_token_id", "padding_token_id", "mask_token_id", "fim_pre_token_id", "fim_suf_token_id", "fim_mid_token_id",
        "fim_pad_token_id", "fim_rep_token_id", "fim_sep_token_id", "prefix_token_id", "suffix_token_id", "middle_token_id",
    ];

    /// <summary>Checks the ids and that what is added to a prompt is there.</summary>
    /// <exception cref="ModelLoadException">An id is out of range or missing.</exception>
    public static void Check(MetadataView metadata, TokenizerDefaults defaults, int size)
    {
        foreach (string name in s_steering)
        {
            string key = Prefix + name;
            if (metadata.UInt32(key) is uint id && id != None && id >= size)
                throw metadata.Wrong(key, $"is {id}; the vocabulary has {size} tokens");
        }
        foreach (string name in s_others)
            _ = metadata.UInt32(Prefix + name);
        bool addBos = (metadata.Boolean(Prefix + "add_bos_token") ?? defaults.AddBos) || defaults.ForcesBos;
        bool addEos = metadata.Boolean(Prefix + "add_eos_token") ?? defaults.AddEos;
        _ = metadata.Boolean(Prefix + "add_sep_token");
        if (defaults.AddsNone)
            return;
        if ((addBos || defaults.ForcesBosAndSep) && !IsThere(metadata, "bos_token_id", defaults.Bos, size))
            throw metadata.Wrong(Prefix + "bos_token_id", "names no token, but the tokenizer puts one in front of every prompt");
        if (addEos && !defaults.ForcesBosAndSep && !IsThere(metadata, "eos_token_id", defaults.Eos, size))
            throw metadata.Wrong(Prefix + "eos_token_id", "names no token, but the tokenizer puts one behind every prompt");
        if (defaults.ForcesBosAndSep && !IsThere(metadata, "seperator_token_id", defaults.Sep, size))
            throw metadata.Wrong(Prefix + "seperator_token_id", "names no token, but the tokenizer puts one behind every prompt");
    }

    private static bool IsThere(MetadataView metadata, string name, int byDefault, int size) =>
        (metadata.UInt32(Prefix + name) is uint id && id < size) || (byDefault >= 0 && byDefault < size);
}
