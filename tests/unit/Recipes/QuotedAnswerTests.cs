using Xunit;

namespace LlamaSpan.UnitTests.Recipes;

public class QuotedAnswerTests
{
    private static readonly string[] s_documents = ["One is one. Two is \"two\".", "Three is three."];

    [Fact]
    public void Reads_quote_and_answer() =>
        Assert.Equal(new QuotedAnswer("Two is \"two\".", "two"), QuotedAnswer.TryParse("""{"quote": "Two is \"two\".", "answer": "two"}"""));

    [Fact]
    public void Reads_that_there_is_none() =>
        Assert.Equal(new QuotedAnswer(null, null), QuotedAnswer.TryParse("""{"quote": null, "answer": null}"""));

    [Theory]
    [InlineData("")]
    [InlineData("""{"quote": "Two is""")]
    [InlineData("""{"quote": "Two"}""")]
    [InlineData("""{"quote": 1, "answer": "x"}""")]
    [InlineData("[]")]
    public void Reads_nothing_from_anything_else(string json) => Assert.Null(QuotedAnswer.TryParse(json));

    [Theory]
    [InlineData("Three is three.", 1)]
    [InlineData("Two is \"two\".", 0)]
    public void Finds_the_document_in_which_the_quote_stands(string quote, int document) =>
        Assert.Equal(document, new QuotedAnswer(quote, "x").FindSource(s_documents));

    [Theory]
    [InlineData("three is three.")]
    [InlineData("One is one. Three is three.")]
    [InlineData("")]
    [InlineData(null)]
    public void Cites_nothing_where_the_quote_does_not_stand_word_for_word(string? quote) =>
        Assert.Null(new QuotedAnswer(quote, "x").FindSource(s_documents));
}
