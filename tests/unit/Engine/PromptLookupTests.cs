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
    public void It_guesses_what_followed_and_goes_round_at_the_end()
    {
        PromptLookup lookup = new(16);
        lookup.Read([.. Enumerable.Range(0, 40).Select(i => new LlamaToken(i)), new(100)]);
        Speculation speculation = new(null, new StepCost());
        LlamaToken[] draft = new LlamaToken[16];
        Assert.Equal(0, lookup.Draft(speculation, draft));
        lookup.Accept(new(5));
        lookup.Accept(new(6));
        Assert.Equal(4, lookup.Draft(speculation, draft.AsSpan(0, 4)));
        Assert.Equal([7, 8, 9, 10], draft[..4].Select(token => token.Id));
        lookup.Accept(new(5));
        lookup.Accept(new(6));
        Assert.Equal(5, lookup.Draft(speculation, draft.AsSpan(0, 5)));
        Assert.Equal([7, 8, 9, 10, 11], draft[..5].Select(token => token.Id));
        foreach (int id in new[] { 200, 201, 200, 201 })
            lookup.Accept(new(id));
        Assert.Equal(5, lookup.Draft(speculation, draft.AsSpan(0, 5)));
        Assert.Equal([200, 201, 200, 201, 200], draft[..5].Select(token => token.Id));
    }

    [Fact]
    public void It_learns_from_guesses_that_were_not_made_and_others_learn_with_it()
    {
        Speculation speculation = new(null, new StepCost());
        LlamaToken[] prompt = [.. Enumerable.Range(0, 400).Select(i => new LlamaToken(i))], draft = new LlamaToken[8];
        double before = Quoting(prompt, 0).Expected(8);
        PromptLookup right = Quoting(prompt, 390);
        Assert.InRange(right.Expected(8), before + 0.1, 8);
        Assert.InRange(Quoting(prompt, 0).Expected(8), before + 0.1, right.Expected(8));      // another request
        PromptLookup wrong = new(8);
        wrong.Read(prompt);
        wrong.Draft(speculation, draft);
        for (int i = 0; i < 300; i++)
            wrong.Accept(new(i % 2 == 0 ? 7 * i % 400 : 1000 + i));      // one token of the prompt, then another text
        wrong.Accept(new(3));
        wrong.Draft(speculation, draft);
        Assert.InRange(wrong.Expected(8), 0, 0.1);

        PromptLookup Quoting(LlamaToken[] prompt, int tokens)
        {
            PromptLookup lookup = new(8);
            lookup.Read(prompt);
            lookup.Accept(prompt[0]);
            lookup.Draft(speculation, draft);
            foreach (LlamaToken token in prompt.AsSpan(1, Math.Max(tokens, 17)))
                lookup.Accept(token);
            lookup.Draft(speculation, draft);
            return lookup;
        }
    }

    [Fact]
    public void Shares_of_guesses_are_counted_by_what_they_follow_from()
    {
        Assert.Equal([1, 2, 3, 3, 4, 4, 5, 5, 6, 6], new[] { 1, 2, 3, 4, 5, 8, 9, 16, 17, 5000 }.Select(GuessRuns.KindOf));
        GuessRuns all = new(), one = all.OfOne();
        for (int i = 0; i < 500; i++)
            one.Report(2, i % 2 == 0 ? 0 : 3, 6);
        Assert.InRange(one.Expected(2, 1), 0.4, 0.6);
        Assert.InRange(one.Expected(2, 6), 1.2, 1.8);
        Assert.InRange(all.Expected(2, 6), 1.4, 1.6);
        Assert.Equal(new GuessRuns().Expected(3, 6), one.Expected(3, 6));
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
