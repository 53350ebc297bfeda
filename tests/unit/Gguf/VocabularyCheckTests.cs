using System.Text;
using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

public sealed class VocabularyCheckTests
{
    private const string Tokens = "tokenizer.ggml.tokens";

    [Fact]
    public void Refuses_a_file_without_a_tokenizer() =>
        Refusal.Of(TinyModels.Llama().Remove("tokenizer.ggml.model"), ModelLoadFailure.Vocabulary, "tokenizer.ggml.model");

    [Fact]
    public void Refuses_a_tokenizer_that_llama_cpp_does_not_have() =>
        Refusal.Of(TinyModels.Llama().Set("tokenizer.ggml.model", "gpt3"), ModelLoadFailure.Vocabulary, "'gpt3'");

    [Fact]
    public void Refuses_a_vocabulary_without_tokens()
    {
        Refusal.Of(TinyModels.Llama().Remove(Tokens), ModelLoadFailure.Vocabulary, Tokens);
        Refusal.Of(TinyModels.Llama().Set(Tokens, Array.Empty<string>()), ModelLoadFailure.Vocabulary, "has 0 tokens");
        Refusal.Of(TinyModels.Llama().Set(Tokens, "all"), ModelLoadFailure.Vocabulary, "not an array of String");
        Refusal.Of(TinyModels.Llama().Set(Tokens, new[] { 1, 2 }), ModelLoadFailure.Vocabulary, "array of Int32");
    }

    [Fact]
    public void Refuses_two_tokens_of_one_text()
    {
        string[] tokens = TokensOf(TinyModels.Llama());
        tokens[200] = tokens[100];
        Refusal.Of(TinyModels.Llama().Set(Tokens, tokens), ModelLoadFailure.Vocabulary, "token 200");
    }

    [Fact]
    public void Compares_texts_as_C_strings()
    {
        string[] tokens = TokensOf(TinyModels.Llama());
        tokens[200] = tokens[100] + "\0tail";
        Refusal.Of(TinyModels.Llama().Set(Tokens, tokens), ModelLoadFailure.Vocabulary, "token 200");
        tokens = TokensOf(TinyModels.Llama());
        (tokens[100], tokens[101], tokens[102]) = ("", "\0", "[EMPTY_100]");
        Refusal.Of(TinyModels.Llama().Set(Tokens, tokens), ModelLoadFailure.Vocabulary, "token 102");
        tokens[102] = "[EMPTY_103]";
        Refusal.None(TinyModels.Llama().Set(Tokens, tokens));
    }

    [Fact]
    public void Refuses_texts_too_long_for_the_tokenizer()
    {
        string[] tokens = TokensOf(TinyModels.Llama());
        tokens[5] = new string('ü', 20_000);
        Refusal.Of(TinyModels.Llama().Set(Tokens, tokens), ModelLoadFailure.Vocabulary, "40000 bytes");
        tokens[5] = new string('a', 3000);
        Refusal.None(TinyModels.Llama().Set(Tokens, tokens));
        Refusal.Of(TinyModels.Llama().Set(Tokens, tokens).Set("tokenizer.ggml.model", "t5"), ModelLoadFailure.Vocabulary, "3000 bytes", "'t5'");
    }

    [Fact]
    public void Refuses_fewer_scores_or_types_than_tokens()
    {
        Refusal.Of(TinyModels.Mistral().Set("tokenizer.ggml.scores", new float[269]), ModelLoadFailure.Vocabulary, "269 scores for 270 tokens");
        Refusal.Of(TinyModels.Mistral().Set("tokenizer.ggml.token_type", new int[1]), ModelLoadFailure.Vocabulary, "1 types for 270 tokens");
        Refusal.Of(TinyModels.Mistral().Set("tokenizer.ggml.token_type", new float[270]), ModelLoadFailure.Vocabulary, "tokenizer.ggml.token_type", "Int32");
        Refusal.Of(TinyModels.Mistral().Set("tokenizer.ggml.scores", 1f), ModelLoadFailure.Vocabulary, "tokenizer.ggml.scores");
        Refusal.None(TinyModels.Mistral().Remove("tokenizer.ggml.scores").Remove("tokenizer.ggml.token_type"));
    }

    [Fact]
    public void Refuses_merges_that_are_not_two_texts()
    {
        foreach (string merge in (string[])["th", "", " t", "t "])
        {
            Refusal.Of(
                TinyModels.Llama().Set("tokenizer.ggml.merges", new[] { "t h", merge }), ModelLoadFailure.Vocabulary, "tokenizer.ggml.merges", "number 1");
        }
        Refusal.Of(TinyModels.Llama().Remove("tokenizer.ggml.merges"), ModelLoadFailure.Vocabulary, "tokenizer.ggml.merges");
    }

    [Theory]
    [InlineData("bos_token_id")]
    [InlineData("eos_token_id")]
    [InlineData("eot_token_id")]
    [InlineData("eom_token_id")]
    [InlineData("unknown_token_id")]
    public void Refuses_a_steering_token_out_of_range(string name) =>
        Refusal.Of(TinyModels.Llama().Set("tokenizer.ggml." + name, 270u), ModelLoadFailure.Vocabulary, name, "is 270", "270 tokens");

    [Fact]
    public void Lets_a_padding_token_be_out_of_range_as_llama_cpp_does() =>
        Refusal.None(TinyModels.Llama().Set("tokenizer.ggml.padding_token_id", 5000u));

    [Fact]
    public void Refuses_ids_of_another_type() =>
        Refusal.Of(TinyModels.Llama().Set("tokenizer.ggml.bos_token_id", 3), ModelLoadFailure.Vocabulary, "bos_token_id", "Int32, not UInt32");

    [Fact]
    public void Refuses_a_tokenizer_that_adds_a_token_it_does_not_have()
    {
        GgufWriter small = Shorten(TinyModels.Llama(), 10).Remove("tokenizer.ggml.bos_token_id").Remove("tokenizer.ggml.eos_token_id").Remove("tokenizer.ggml.padding_token_id");
        Refusal.Of(small, ModelLoadFailure.Vocabulary, "bos_token_id", "in front of every prompt");
        Refusal.Of(
            small.Set("tokenizer.ggml.add_bos_token", false).Set("tokenizer.ggml.add_eos_token", true), ModelLoadFailure.Vocabulary, "eos_token_id", "behind every prompt");
        Refusal.Of(small.Set("tokenizer.ggml.pre", "gemma4"), ModelLoadFailure.Vocabulary, "bos_token_id");
        Refusal.Of(small.Set("tokenizer.ggml.model", "bert").Set("tokenizer.ggml.bos_token_id", 3u), ModelLoadFailure.Vocabulary, "seperator_token_id");
    }

    [Fact]
    public void Counts_minus_one_as_no_token()
    {
        Refusal.None(TinyModels.Llama().Set("tokenizer.ggml.eot_token_id", uint.MaxValue));
        Refusal.Of(
            Shorten(TinyModels.Llama(), 10).Set("tokenizer.ggml.bos_token_id", uint.MaxValue).Set("tokenizer.ggml.eos_token_id", 1u),
            ModelLoadFailure.Vocabulary,
            "bos_token_id");
    }

    [Fact]
    public void Reads_flags_as_llama_cpp_does()
    {
        Refusal.Of(TinyModels.Llama().Set("tokenizer.ggml.add_bos_token", 1u), ModelLoadFailure.Vocabulary, "add_bos_token", "UInt32, not Boolean");
        Refusal.Of(TinyModels.Llama().Set("tokenizer.ggml.add_space_prefix", "no"), ModelLoadFailure.Vocabulary, "add_space_prefix");
        Refusal.Of(TinyModels.Llama().Set("tokenizer.ggml.suppress_tokens", new[] { 1u }), ModelLoadFailure.Vocabulary, "suppress_tokens");
    }

    [Fact]
    public void Refuses_byte_tokens_in_a_bert_vocabulary()
    {
        GgufWriter writer = TinyModels.Mistral().Set("tokenizer.ggml.model", "bert").Set("tokenizer.ggml.seperator_token_id", 2u);
        Refusal.Of(writer, ModelLoadFailure.Vocabulary, "token_type", "token 3 a byte");
        Refusal.None(writer.Remove("tokenizer.ggml.token_type"));
    }

    [Fact]
    public void Refuses_a_pre_tokenizer_that_leaves_spaces_in_words()
    {
        Refusal.Of(TinyModels.Llama().Set("tokenizer.ggml.pre", "whitespace"), ModelLoadFailure.Vocabulary, "tokenizer.ggml.pre", "'gpt2'");
        Refusal.None(TinyModels.Llama().Set("tokenizer.ggml.pre", "whitespace").Set("tokenizer.ggml.model", "whitespace"));
    }

    [Fact]
    public void Refuses_a_name_by_which_llama_cpp_looks_for_tokens_that_are_not_there()
    {
        Refusal.Of(TinyModels.Phi3().Set("general.name", "My Phi3"), ModelLoadFailure.Vocabulary, "general.name", "<|endoftext|>");
        string[] tokens = TokensOf(TinyModels.Phi3());
        tokens[269] = "<|endoftext|>";
        Refusal.None(TinyModels.Phi3().Set("general.name", "My Phi3").Set(Tokens, tokens));
    }

    [Fact]
    public void Refuses_rwkv_vocabularies_whose_tokenizer_would_not_end()
    {
        string[] tokens = ["\\n", "\\n\\n", "a", "\\x62", "bc"];
        GgufWriter writer = new GgufWriter().Set("general.architecture", "rwkv6").Set("tokenizer.ggml.model", "rwkv").Set(Tokens, tokens);
        writer.Add("emb.weight", TensorType.F32, [1], new byte[4]);
        Refusal.None(writer);
        tokens[3] = "\\x61\\x62";
        Refusal.Of(writer.Set(Tokens, tokens), ModelLoadFailure.Vocabulary, "byte 0x62");
        tokens[0] = "z";
        Refusal.Of(writer.Set(Tokens, tokens), ModelLoadFailure.Vocabulary, "byte 0x0A");
        Refusal.Of(writer.Set(Tokens, new[] { "a" }), ModelLoadFailure.Vocabulary, "line break");
    }

    [Fact]
    public void Bounds_the_number_of_dummy_tokens()
    {
        GgufWriter writer = TinyModels.Llama().Set("tokenizer.ggml.model", "none").Set("llama.vocab_size", uint.MaxValue);
        Refusal.Of(writer, ModelLoadFailure.Vocabulary, "llama.vocab_size", "4294967295");
        Refusal.None(writer.Set("llama.vocab_size", 270u));
        Refusal.Of(writer.Set("llama.vocab_size", 271u), ModelLoadFailure.Tensors, "token_embd.weight", "[64, 271]");
    }

    [Fact]
    public void Finds_the_first_duplicate_among_many_texts()
    {
        Random random = new(7);
        Utf8Text[] texts = [.. Enumerable.Range(0, 50_000).Select(i => new Utf8Text(Encoding.UTF8.GetBytes($"{random.Next():x}-{i}")))];
        Assert.Equal(-1, SetOf(texts).FirstDuplicate);
        texts[49_999] = texts[3];
        texts[40_000] = texts[17];
        using TokenTextSet set = SetOf(texts);
        Assert.Equal(40_000, set.FirstDuplicate);
        Assert.Equal(17, set.IndexOf(texts[17].Bytes));
        Assert.Equal(-1, set.IndexOf("missing"u8));
    }

    [Fact]
    public void Finds_texts_of_every_length_again_and_cuts_them_at_a_NUL()
    {
        Random random = new(11);
        byte[][] bytes = [.. Enumerable.Range(0, 4096).Select(i => Enumerable.Range(0, 1 + (i % 40)).Select(_ => (byte)random.Next(1, 256)).ToArray())];
        Utf8Text[] texts = [.. bytes.Select(text => new Utf8Text(random.Next(2) == 0 ? text : [.. text, 0, .. text]))];
        using TokenTextSet set = SetOf(texts);
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Equal(bytes[i], set[i].ToArray());
            Assert.Equal(bytes[i], set[set.IndexOf(bytes[i])].ToArray());
        }
        Assert.Equal(40, set.LongestBytes);
    }

    [Fact]
    public void A_string_is_searched_alone_whatever_stands_behind_it()
    {
        Random random = new(13);
        for (int round = 0; round < 200; round++)
        {
            byte[][] strings = [.. Enumerable.Range(0, 1 + random.Next(6)).Select(_ => Enumerable.Range(0, random.Next(40)).Select(_ => (byte)random.Next(8)).ToArray())];
            int index = 0;
            Utf8Text[] texts = [.. strings.Select(text => new Utf8Text(text))];
            GgufStringArray array = GgufFile.Read(new GgufWriter().Set("t", texts).ToArray(), "test").Metadata["t"].AsStrings();
            for (GgufStringArray.Enumerator one = array.GetEnumerator(); one.MoveNext(); index++)
            {
                for (int start = 0; start <= 2; start++)
                    Assert.Equal(strings[index].Length < start ? -1 : Array.IndexOf(strings[index], (byte)3, start), one.IndexOf(3, start));
            }
            Assert.Equal(strings.Length, index);
        }
    }

    private static TokenTextSet SetOf(Utf8Text[] texts) => new(GgufFile.Read(new GgufWriter().Set("t", texts).ToArray(), "test").Metadata["t"]);

    private static string[] TokensOf(GgufWriter writer)
    {
        List<string> tokens = [];
        foreach (ReadOnlySpan<byte> text in GgufFile.Read(writer.ToArray(), "test").Metadata[Tokens].AsStrings())
            tokens.Add(Encoding.UTF8.GetString(text));
        return [.. tokens];
    }

    private static GgufWriter Shorten(GgufWriter writer, int count) => writer.Set(Tokens, TokensOf(writer)[..count]);
}
