using RagOverFolder;
using Xunit;

namespace LlamaSpan.UnitTests.Samples;

public class Bm25Tests
{
    private static readonly string[] s_texts = ["red lamp, red drill", "blue lamp", "green telescope and blue phone", ""];

    // By hand: N = 4; words 4, 2, 5, 0, on average 2.75. "red" is in one text, "blue" and "lamp" in two.
    [Theory]
    [InlineData(0, "Red?", 1.203972804 * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 2.75)))]
    [InlineData(1, "the blue lamp", 2 * 0.693147181 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 2.75)))]
    [InlineData(2, "blue blue", 0.693147181 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 5 / 2.75)))]
    [InlineData(2, "red", 0)]
    [InlineData(3, "blue", 0)]
    public void Scores_as_the_formula_says(int text, string question, double score) =>
        Assert.Equal(score, new Bm25(s_texts).Score(text, question), 1e-8);

    [Fact]
    public void Ranks_the_best_text_first_and_equal_ones_in_their_order() =>
        Assert.Equal([2, 1, 0, 3], new Bm25(s_texts).Rank("which phone is blue"));

    [Fact]
    public void A_rare_word_counts_more_than_a_frequent_one() =>
        Assert.Equal(2, new Bm25(["the cat", "the dog", "the axolotl"]).Rank("the axolotl")[0]);

    [Fact]
    public void Knows_words_of_any_script_and_numbers() =>
        Assert.Equal(1, new Bm25(["Größe 12", "größe 13", "東京"]).Rank("GRÖSSE? größe 13")[0]);

    [Fact]
    public void No_texts_rank_as_nothing() => Assert.Empty(new Bm25([]).Rank("anything"));
}
