using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Engine;

public class PromptLookupTests
{
    [Fact]
    public void The_automaton_knows_the_longest_end_that_stood_before_and_where_it_ended_first() =>
        Gen.Int[0, 3].Array[1, 60].Sample(ids =>
        {
            TokenAutomaton automaton = new();
            List<int> text = [];
            foreach (int id in ids)
            {
                automaton.Append(new LlamaToken(id));
                text.Add(id);
                (int length, int end) = automaton.LongestRepeat();
                Assert.Equal(Naive(text), (length, end));
            }
        }, iter: 2000);

    [Fact]
    public void It_guesses_what_followed_and_more_while_it_is_right()
    {
        PromptLookup lookup = new([.. Enumerable.Range(0, 40).Select(i => new LlamaToken(i)), new(100)], 16);
        LlamaToken[] draft = new LlamaToken[16];
        Assert.Equal(0, lookup.Draft(draft));
        lookup.Accept(new(5));
        lookup.Accept(new(6));
        Assert.Equal(4, lookup.Draft(draft));
        Assert.Equal([7, 8, 9, 10], draft[..4].Select(token => token.Id));
        lookup.Report(4, 4);
        Assert.Equal(8, lookup.Draft(draft));
        lookup.Report(8, 0);
        Assert.Equal(1, lookup.Draft(draft));
    }

    private static (int Length, int End) Naive(List<int> text)
    {
        for (int length = text.Count - 1; length > 0; length--)
            for (int end = length; end < text.Count; end++)
                if (text.GetRange(end - length, length).SequenceEqual(text.GetRange(text.Count - length, length)))
                    return (length, end);
        return (0, 0);
    }
}
