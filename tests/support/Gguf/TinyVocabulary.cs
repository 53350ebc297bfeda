using System.Text;

namespace LlamaSpan.TestSupport;

/// <summary>Vocabularies of a few hundred tokens, complete enough to tokenize any text.</summary>
public static class TinyVocabulary
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int Byte = 6;

    /// <summary>SentencePiece with byte fallback: 3 special tokens, 256 bytes, some words; 270 tokens.</summary>
    public static int AddSentencePiece(GgufWriter writer)
    {
        List<string> tokens = ["<unk>", "<s>", "</s>"];
        List<int> types = [Unknown, Control, Control];
        for (int value = 0; value < 256; value++)
        {
            tokens.Add($"<0x{value:X2}>");
            types.Add(Byte);
        }
        foreach (string word in (string[])["▁", "▁a", "▁the", "the", "a", "b", "c", "▁is", "is", "e", "."])
        {
            tokens.Add(word);
            types.Add(Normal);
        }
        float[] scores = [.. Enumerable.Range(0, tokens.Count).Select(i => i < 259 ? 0f : -(float)i)];
        writer.Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.pre", "default");
        writer.Set("tokenizer.ggml.tokens", tokens.ToArray()).Set("tokenizer.ggml.scores", scores).Set("tokenizer.ggml.token_type", types.ToArray());
        writer.Set("tokenizer.ggml.bos_token_id", 1u).Set("tokenizer.ggml.eos_token_id", 2u).Set("tokenizer.ggml.unknown_token_id", 0u);
        writer.Set("tokenizer.ggml.add_bos_token", true).Set("tokenizer.ggml.add_eos_token", false);
        return tokens.Count;
    }

    /// <summary>Byte-level BPE: 256 bytes, some merges, 4 special tokens; 270 tokens.</summary>
    public static int AddBytePair(GgufWriter writer)
    {
        List<string> tokens = [.. Enumerable.Range(0, 256).Select(value => ByteCharacter(value).ToString())];
        string[] merges = ["t h", "th e", "Ġ the", "i s", "Ġ is", "Ġ a", "e r", "a n", "an d", "Ġ and"];
        tokens.AddRange(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)));
        int special = tokens.Count;
        tokens.AddRange(["<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>"]);
        int[] types = [.. Enumerable.Range(0, tokens.Count).Select(i => i < special ? Normal : Control)];
        writer.Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.pre", "llama-bpe");
        writer.Set("tokenizer.ggml.tokens", tokens.ToArray()).Set("tokenizer.ggml.token_type", types).Set("tokenizer.ggml.merges", merges);
        writer.Set("tokenizer.ggml.bos_token_id", (uint)special).Set("tokenizer.ggml.eos_token_id", (uint)special + 1);
        writer.Set("tokenizer.ggml.padding_token_id", (uint)special + 1);
        return tokens.Count;
    }

    // GPT-2's printable stand-ins for bytes
    private static Rune ByteCharacter(int value)
    {
        bool printable = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        if (printable)
            return new Rune(value);
        int before = Enumerable.Range(0, value).Count(other => other is not ((>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF)));
        return new Rune(256 + before);
    }
}
