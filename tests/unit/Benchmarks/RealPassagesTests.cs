using LlamaSpan.Benchmarks.Ratios;
using Xunit;

namespace LlamaSpan.UnitTests;

/// <summary>The text that the loss of moved documents is measured on.</summary>
public class RealPassagesTests
{
    [Fact]
    public void Each_question_has_passages_of_prose_of_its_own_and_asks_about_one()
    {
        HashSet<string> seen = [];
        for (int i = 0; i < RealPassages.Questions; i++)
        {
            RealPassages.RealQuestion question = RealPassages.Question(i);
            Assert.Equal(RealPassages.PerQuestion, question.Passages.Distinct().Count());
            Assert.All(question.Passages, passage => Assert.InRange(passage.Length, 600, 1100));
            Assert.Contains(RealPassages.All, passage => question.Passages.Contains(passage.Text) && question.Text.EndsWith($" {passage.Title}?", StringComparison.Ordinal));
            Assert.True(seen.Add($"{question.Text}{string.Concat(question.Passages)}"), question.Text);
        }
    }

    [Fact]
    public void No_passage_keeps_its_place()
    {
        RealPassages.RealQuestion question = RealPassages.Question(3);
        Assert.Equal(question.Passages.Order(), question.Reordered.Order());
        Assert.All(Enumerable.Range(0, RealPassages.PerQuestion), i => Assert.NotEqual(question.Passages[i], question.Reordered[i]));
    }
}
