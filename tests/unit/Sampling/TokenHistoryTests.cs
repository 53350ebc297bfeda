using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Sampling;

public class TokenHistoryTests
{
    [Fact]
    public void Counts_the_window_after_any_additions_and_removals() =>
        Gen.Select(Gen.OneOf(Gen.Int[1, 40], Gen.Const(int.MaxValue)), Gen.Int[1, 400], Gen.Int[-30, 60].Array[1, 40], Gen.Int[0, 1 << 20]).Sample(
            (window, distinct, moves, seed) =>
            {
                var random = new Random(seed);
                var history = new TokenHistory(window, recorded: true);
                var expected = new List<int>();
                foreach (int move in moves)
                {
                    for (int i = 0; i < move; i++)
                    {
                        expected.Add(random.Next(distinct));
                        history.Add(expected[^1]);
                    }
                    int removed = Math.Min(expected.Count, Math.Max(0, -move));
                    expected.RemoveRange(expected.Count - removed, removed);
                    history.Remove(removed);
                    AssertSame(expected, window, history);
                    AssertSame(expected, window, history.Clone());
                }
                history.Clear();
                AssertSame([], window, history);
            }, iter: 300);

    [Fact]
    public void An_index_finds_what_it_holds_after_any_changes() =>
        Gen.Select(Gen.Int[1, 2000], Gen.Int[0, 1 << 20], Gen.Int[1, 1500]).Sample((distinct, seed, steps) =>
        {
            var random = new Random(seed);
            var index = new TokenIndex();
            var expected = new HashSet<int>();
            for (int i = 0; i < steps; i++)
            {
                int token = random.Next(distinct);
                if (random.Next(3) == 0 && index.Find(token) is >= 0 and int place)
                {
                    index.RemoveAt(place);
                    expected.Remove(token);
                }
                else
                {
                    int found = index.FindOrAdd(token, out bool added);
                    Assert.Equal(token, index.Tokens[found]);
                    Assert.Equal(expected.Add(token), added);
                }
                if (random.Next(200) == 0)
                {
                    index.Clear();
                    expected.Clear();
                }
            }
            Assert.Equal(expected.Order(), index.Tokens.ToArray().Order());
            for (int token = 0; token < distinct; token++)
                Assert.Equal(expected.Contains(token), index.Find(token) >= 0 && index.Tokens[index.Find(token)] == token);
        }, iter: 200);

    [Fact]
    public void Keeps_only_the_number_where_nothing_looks_at_the_tokens()
    {
        var history = new TokenHistory(0, recorded: false);
        for (int i = 0; i < 10_000; i++)
            history.Add(i);
        history.Remove(1);
        Assert.Equal(9_999, history.Count);
        Assert.True(history.Tokens.IsEmpty);
    }

    private static void AssertSame(List<int> expected, int window, TokenHistory history)
    {
        Assert.Equal(expected, history.Tokens.ToArray());
        Dictionary<int, int> counts = expected.TakeLast(window).CountBy(token => token).ToDictionary();
        Assert.Equal(counts.Count, history.WindowTokens.Length);
        for (int i = 0; i < history.WindowTokens.Length; i++)
            Assert.Equal(counts[history.WindowTokens[i]], history.WindowCounts[i]);
    }
}
