using System.Runtime.CompilerServices;
using System.Text;

namespace LlamaSpan;

/// <summary>
/// Checks the tokenizer's part of a file against what llama_vocab::impl::load and the tokenizers of src/llama-vocab.cpp assert on, index
/// without a check or loop over without end. It holds for every architecture.
/// </summary>
internal static class VocabularyCheck
{
    private const string Prefix = "tokenizer.ggml.";
    private const string TokensKey = Prefix + "tokens";
    private const int MaxTokens = 1 << 24;

    // llama.cpp's trie inserts and searches by recursion, a frame for each byte
    private const int MaxTrieTextBytes = 2048;

    // a text that is not byte-level is repeated inside its own piece once for each character (llama_decode_text)
    private const long MaxSquaredTextBytes = 1 << 30;

    private static readonly string[] s_triedModels = ["t5", "rwkv"];

    /// <summary>Checks the vocabulary and gives its size.</summary>
    /// <exception cref="ModelLoadException">Something is missing, of the wrong type or impossible.</exception>
    public static int Check(MetadataView metadata, string architecture)
    {
        string model = metadata.String(Prefix + "model") ?? throw metadata.Missing(Prefix + "model");
        string pre = metadata.String(Prefix + "pre") ?? "";
        _ = metadata.UInt32(Prefix + "token_type_count");
        if (model is "no_vocab" or "none")
            return CheckDummySize(metadata, architecture);
        if (!TokenizerDefaults.TryGet(model, pre, out TokenizerDefaults? defaults))
            throw metadata.Wrong(Prefix + "model", $"is '{model}', a tokenizer that llama.cpp does not have");
        using TokenTextSet texts = CheckTexts(metadata, model);
        int size = metadata.File.Metadata[TokensKey].Count;
        CheckPerToken(metadata, model, size);
        if (defaults.HasMerges)
            CheckMerges(metadata, required: pre != "kimi-k2");
        if (model == "t5")
            _ = metadata.Array(Prefix + "precompiled_charsmap", GgufValueType.Int8, GgufValueType.UInt8);
        if (model == "rwkv")
            CheckLeadBytes(metadata, texts, size);
        if (pre == "whitespace" && model != "whitespace" && model != "gemma4" && defaults.HasMerges)
            throw metadata.Wrong(Prefix + "pre", $"is 'whitespace', which leaves spaces in words; a '{model}' tokenizer does not take them");
        CheckMarkedTexts(metadata, texts, pre, architecture);
        CheckFlags(metadata);
        SpecialTokenCheck.Check(metadata, defaults, size);
        return size;
    }

    private static int CheckDummySize(MetadataView metadata, string architecture)
    {
        string key = architecture + ".vocab_size";
        uint size = metadata.UInt32(key) ?? 0;
        return size <= MaxTokens ? (int)size : throw metadata.Wrong(key, $"is {size}; at most {MaxTokens} tokens are allowed");
    }

    private static TokenTextSet CheckTexts(MetadataView metadata, string model)
    {
        GgufValue tokens = metadata.Array(TokensKey, GgufValueType.String) ?? throw metadata.Missing(TokensKey);
        if (tokens.Count is 0 or > MaxTokens)
            throw metadata.Wrong(TokensKey, $"has {tokens.Count} tokens; 1 to {MaxTokens} are allowed");
        TokenTextSet texts = new(tokens);
        if (texts.FirstDuplicate >= 0)
            throw metadata.Wrong(TokensKey, $"gives token {texts.FirstDuplicate} the text of an earlier token");
        if (texts.SquaredBytes > MaxSquaredTextBytes)
            throw metadata.Wrong(TokensKey, $"has texts of up to {texts.LongestBytes} bytes, too long in sum");
        if (s_triedModels.Contains(model) && texts.LongestBytes > MaxTrieTextBytes)
            throw metadata.Wrong(TokensKey, $"has a text of {texts.LongestBytes} bytes; a '{model}' tokenizer takes at most {MaxTrieTextBytes}");
        return texts;
    }

    private static void CheckPerToken(MetadataView metadata, string model, int size)
    {
        const string Scores = Prefix + "scores";
        const string Types = Prefix + "token_type";
        const int ByteType = 6;     // LLAMA_TOKEN_TYPE_BYTE
        if (metadata.Array(Scores, GgufValueType.Float32, GgufValueType.Int32) is GgufValue scores && scores.Count < size)
            throw metadata.Wrong(Scores, $"has {scores.Count} scores for {size} tokens");
        if (metadata.Array(Types, GgufValueType.Int32) is not GgufValue types)
            return;
        if (types.Count < size)
            throw metadata.Wrong(Types, $"has {types.Count} types for {size} tokens");
        int asByte = model == "bert" ? types.AsArray<int>()[..size].IndexOf(ByteType) : -1;
        if (asByte >= 0)
            throw metadata.Wrong(Types, $"makes token {asByte} a byte, which a 'bert' tokenizer does not have");
    }

    /// <summary>For some names llama.cpp looks up tokens to set their attributes, and gives the load up if they are not there.</summary>
    private static void CheckMarkedTexts(MetadataView metadata, TokenTextSet texts, string pre, string architecture)
    {
        const string NameKey = "general.name";
        string name = metadata.String(NameKey) ?? "";
        bool isJina = pre.Contains("jina-v2-de", StringComparison.Ordinal) || pre.Contains("jina-v2-es", StringComparison.Ordinal)
            || pre.Contains("jina-v2-code", StringComparison.Ordinal) || architecture.Contains("nomic-bert-moe", StringComparison.Ordinal)
            || architecture.Contains("jina-bert-v3", StringComparison.Ordinal);
        bool isPhi = name.Contains("phi-3", StringComparison.OrdinalIgnoreCase) || name.Contains("phi3", StringComparison.OrdinalIgnoreCase);
        if (isJina || !isPhi)
            return;
        ReadOnlySpan<string> marked = ["</s>", "<unk>", "<s>", "<|endoftext|>"];
        foreach (string text in marked)
            if (texts.IndexOf(Encoding.UTF8.GetBytes(text)) < 0)
                throw metadata.Wrong(NameKey, $"is '{name}', by which llama.cpp looks for a token '{text}', but there is none");
    }

    private static void CheckMerges(MetadataView metadata, bool required)
    {
        const string Key = Prefix + "merges";
        if (metadata.Array(Key, GgufValueType.String) is not GgufValue merges)
        {
            if (required)
                throw metadata.Missing(Key);
            return;
        }
        int bad = FirstBadMerge(merges.AsStrings());
        if (bad >= 0)
            throw metadata.Wrong(Key, $"has a merge, number {bad}, that is not two texts with a space between");
    }

    /// <summary>The two halves are parted by the first space after the first byte; -1 if they are in all merges.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]     // run once a load, over every merge
    private static int FirstBadMerge(GgufStringArray merges)
    {
        int index = 0;
        for (GgufStringArray.Enumerator merge = merges.GetEnumerator(); merge.MoveNext(); index++)
        {
            int space = merge.IndexOf((byte)' ', start: 1);
            if (space < 0 || space == merge.Current.Length - 1)
                return index;
        }
        return -1;
    }

    private static void CheckFlags(MetadataView metadata)
    {
        ReadOnlySpan<string> flags = ["add_space_prefix", "remove_extra_whitespaces", "normalizer.lowercase", "normalizer.strip_accents"];
        foreach (string flag in flags)
            _ = metadata.Boolean(Prefix + flag);
        _ = metadata.Array(Prefix + "suppress_tokens", GgufValueType.Int32);
    }

    /// <summary>The RWKV tokenizer does not move on behind a byte that begins a token but is none itself.</summary>
    private static void CheckLeadBytes(MetadataView metadata, TokenTextSet texts, int size)
    {
        Span<bool> begins = stackalloc bool[256];
        Span<bool> stands = stackalloc bool[256];
        for (int i = 0; i < size; i++)
        {
            (int first, int length) = RwkvText.FirstByte(texts[i]);
            if (length > 0)
                begins[first] = true;
            if (length == 1)
                stands[first] = true;
        }
        for (int value = 0; value < 256; value++)
            if (begins[value] && !stands[value])
                throw metadata.Wrong(TokensKey, $"has tokens that begin with byte 0x{value:X2}, but none that is that byte alone");
        if (!stands['\n'])
            throw metadata.Wrong(TokensKey, "has no token that is a line break");
    }
}
