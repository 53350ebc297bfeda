using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests.Models;

public sealed class VocabularyTests
{
    [Fact]
    public void Tokens_one_by_one_give_whole_characters_and_the_same_text()
    {
        const string Text = "Zoë paid 5 € for 🦙 and 漢字.";
        using LlamaModel model = Load("llama-bpe");
        Utf8Decoder decoder = new(model.Vocabulary.Tokens);
        StringBuilder text = new();
        int held = 0;
        foreach (LlamaToken token in model.Vocabulary.Tokenize(Text, addSpecial: true))
        {
            string piece = Encoding.UTF8.GetString(decoder.Append(token));
            Assert.DoesNotContain('\uFFFD', piece);
            text.Append(piece);
            held = Math.Max(held, decoder.HeldBytes);
        }
        Assert.Equal(Text, text.ToString());
        Assert.InRange(held, 1, 3);
        Assert.True(decoder.Finish().IsEmpty);
    }

    [Fact]
    public void Bytes_that_become_no_character_are_replaced()
    {
        Utf8Decoder decoder = new(Pocket.Model.Vocabulary.Tokens);
        Assert.Equal("", Encoding.UTF8.GetString(decoder.Append([0xF0, 0x9F])));
        Assert.Equal("\uFFFDa\uFFFD", Encoding.UTF8.GetString(decoder.Append([(byte)'a', 0xFF])));
        Assert.Equal("", Encoding.UTF8.GetString(decoder.Append([0xE2, 0x82])));
        Assert.Equal("\uFFFD", Encoding.UTF8.GetString(decoder.Finish()));
    }

    [Fact]
    public void Control_tokens_are_spelled_only_where_asked()
    {
        Vocabulary vocabulary = Pocket.Model.Vocabulary;
        LlamaToken mark = Assert.Single(vocabulary.Tokenize("<|im_start|>", addSpecial: false, parseSpecial: true));
        Assert.True(new Utf8Decoder(vocabulary.Tokens).Append(mark).IsEmpty);
        Assert.Equal("<|im_start|>"u8, new Utf8Decoder(vocabulary.Tokens, special: true).Append(mark));
        Assert.True(vocabulary.Tokenize("<|im_start|>", addSpecial: false).Length > 1);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3520)]
    [InlineData(int.MaxValue)]
    public void A_token_outside_the_vocabulary_is_named(int id)
    {
        TokenTable table = Pocket.Model.Vocabulary.Tokens;
        foreach (Action ask in (Action[])[() => _ = table[new(id)].Length, () => table.KindOf(new(id)), () => table.IsEndOfGeneration(new(id)), () => new Utf8Decoder(table).Append(new LlamaToken(id))])
            Assert.Contains("0..3519", Assert.Throws<ArgumentOutOfRangeException>("token", ask).Message);
    }

    private static LlamaModel Load(string vocabulary) =>
        LlamaModel.Load(Repository.PathOf($"native/llama.cpp/models/ggml-vocab-{vocabulary}.gguf"), new ModelOptions { VocabularyOnly = true });
}
