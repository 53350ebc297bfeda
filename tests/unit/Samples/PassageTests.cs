using CsCheck;
using RagOverFolder;
using Xunit;

namespace LlamaSpan.UnitTests.Samples;

public class PassageTests
{
    private static readonly string[] s_pieces = ["a", "Word ", "end. ", "\n", "\n\n", "🦙", "long" + new string('x', 90)];
    private static readonly string s_sentence = "Kestrin Labs is based in Port Maldo, by the sea. ";

    [Fact]
    public void A_short_document_is_one_passage()
    {
        Passage passage = Assert.Single(Passage.Cut("a.txt", "\n One.\n\nTwo. \n"));
        Assert.Equal(("One.\n\nTwo.", "a.txt"), (passage.Text, passage.ToString()));
    }

    [Fact]
    public void A_blank_document_is_none() => Assert.Empty(Passage.Cut("a.txt", " \n\t"));

    [Fact]
    public void A_long_document_is_cut_between_paragraphs()
    {
        string paragraph = string.Concat(Enumerable.Repeat(s_sentence, 8)).Trim();
        Passage[] passages = [.. Passage.Cut("a.txt", $"{paragraph}\n\n{paragraph}\n \n{paragraph}")];
        Assert.Equal([$"{paragraph}\n\n{paragraph}", paragraph], passages.Select(passage => passage.Text));
        Assert.Equal("a.txt, part 2 of 2", passages[1].ToString());
    }

    [Fact]
    public void A_long_paragraph_is_cut_between_sentences() =>
        Assert.All(
            Passage.Cut("a.txt", string.Concat(Enumerable.Repeat(s_sentence, 100))),
            passage => Assert.EndsWith("by the sea.", passage.Text));

    [Fact]
    public void A_long_sentence_is_cut_between_words() =>
        Assert.All(
            Passage.Cut("a.txt", string.Concat(Enumerable.Repeat("word ", 1000))),
            passage => Assert.EndsWith("word", passage.Text));

    [Fact]
    public void A_long_word_is_cut_but_no_character_in_two()
    {
        Passage[] passages = [.. Passage.Cut("a.txt", "x" + string.Concat(Enumerable.Repeat("🦙", 1000)))];
        Assert.True(passages.Length > 1);
        Assert.All(passages, passage => Assert.False(char.IsLowSurrogate(passage.Text[0]) || char.IsHighSurrogate(passage.Text[^1])));
    }

    [Fact]
    public void No_passage_is_too_long_and_no_text_is_lost() =>
        Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]).Array[0, 400].Sample(pieces =>
        {
            string text = string.Concat(pieces);
            Passage[] passages = [.. Passage.Cut("a.txt", text)];
            Assert.All(passages, passage => Assert.InRange(passage.Text.Length, 1, Passage.MaxLength));
            Assert.Equal(Solid(text), Solid(string.Concat(passages.Select(passage => passage.Text))));
            Assert.Equal(Enumerable.Range(1, passages.Length), passages.Select(passage => passage.Number));
        }, iter: 300);

    private static string Solid(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
}
