using RagOverFolder;
using Xunit;

namespace LlamaSpan.UnitTests.Samples;

public class QuotedAnswerTests
{
    private static readonly Passage[] _passages = [new("a.txt", 1, 1, "One is one. Two is \"two\"."), new("b.txt", 1, 1, "Three is three.")];

    [Fact]
    public void Reads_quote_and_answer() =>
        Assert.Equal(new QuotedAnswer("Two is \"two\".", "two"), QuotedAnswer.TryParse("""{"quote": "Two is \"two\".", "answer": "two"}"""));

    [Fact]
    public void Reads_that_there_is_none() =>
        Assert.Equal(new QuotedAnswer(null, null), QuotedAnswer.TryParse("""{"quote": null, "answer": null}"""));

    [Theory]
    [InlineData("Three is three.", "b.txt", 2)]
    [InlineData("Two is \"two\".", "a.txt", 1)]
    public void Finds_the_passage_in_which_the_quote_stands(string quote, string document, int number)
    {
        (Passage Passage, int Number) source = new QuotedAnswer(quote, "x").Source(_passages)!.Value;
        Assert.Equal((document, number), (source.Passage.Document, source.Number));
    }

    [Theory]
    [InlineData("three is three.")]
    [InlineData("One is one. Three is three.")]
    [InlineData("")]
    [InlineData(null)]
    public void Cites_nothing_where_the_quote_does_not_stand_word_for_word(string? quote) =>
        Assert.Null(new QuotedAnswer(quote, "x").Source(_passages));
}
