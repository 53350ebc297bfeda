using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Automata over characters have as few states as their language allows, and accept what they did before they were made small.</summary>
public class MinimalAutomatonTests
{
    private const string Letters = "abc";
    private const int Dead = -1;

    [Fact]
    public void Drawn_automata_have_one_state_for_each_rest_of_a_text()
    {
        var random = new Random(5);
        Alphabet alphabet = Alphabet.Of([.. Letters.Select(c => CharSet.Single(c))]);
        for (int round = 0; round < 500; round++)
        {
            Drawn drawn = Drawn.From(random, random.Next(1, 12));
            CharDfa dfa = CharDfa.Explore(
                alphabet, 0, (s, c, out to) => (to = Letters.IndexOf((char)alphabet.Sample[c]) is >= 0 and int letter ? drawn.Next[s, letter] : Dead) != Dead, s => drawn.Accepts[s]);
            Assert.Equal(drawn.CountRests(), dfa.Count);
            for (int i = 0; i < 50; i++)
            {
                string text = string.Concat(random.GetItems<char>(Letters, random.Next(8)));
                Assert.Equal(drawn.Matches(text), dfa.Matches(text));
            }
        }
    }

    [Fact]
    public void Lists_of_words_have_one_state_for_each_rest_of_a_word()
    {
        var random = new Random(6);
        for (int round = 0; round < 100; round++)
        {
            string[] words = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => string.Concat(random.GetItems<char>(Letters, random.Next(6)))).Distinct()];
            CharDfa dfa = CharDfa.Of(words);
            string[] beginnings = [.. words.SelectMany(w => Enumerable.Range(0, w.Length + 1).Select(n => w[..n])).Distinct()];
            int rests = beginnings.Select(b => string.Join(',', words.Where(w => w.StartsWith(b, StringComparison.Ordinal)).Select(w => w[b.Length..]).Order(StringComparer.Ordinal))).Distinct().Count();
            Assert.Equal(rests, dfa.Count);
            Assert.All(words, w => Assert.True(dfa.Matches(w), w));
            Assert.Equal(words.Length, dfa.Words(words.Length)!.Count);
        }
    }

    private sealed record Drawn(int[,] Next, bool[] Accepts)
    {
        public static Drawn From(Random random, int states)
        {
            var next = new int[states, Letters.Length];
            for (int s = 0; s < states; s++)
                for (int c = 0; c < Letters.Length; c++)
                    next[s, c] = random.Next(4) == 0 ? Dead : random.Next(states);
            return new Drawn(next, [.. Enumerable.Range(0, states).Select(_ => random.Next(4) == 0)]);
        }

        public bool Matches(string text)
        {
            int state = 0;
            foreach (char c in text)
                if ((state = Next[state, Letters.IndexOf(c)]) == Dead)
                    return false;
            return Accepts[state];
        }

        /// <summary>How many different sets of texts lead from states that the first reaches to acceptance, the empty set not counted.</summary>
        public int CountRests()
        {
            int count = Accepts.Length;
            var reached = new HashSet<int> { 0 };
            for (int i = 0; i < count; i++)
                foreach (int s in reached.ToArray())
                    for (int c = 0; c < Letters.Length; c++)
                        if (Next[s, c] != Dead)
                            reached.Add(Next[s, c]);

            // after as many rounds as there are states, states whose texts are the same, and no others, have the same number; 0 is the empty set
            int[] kind = [.. Accepts.Select(a => a ? 1 : 0)];
            for (int round = 0; round <= count; round++)
            {
                var kinds = new Dictionary<(bool, string), int> { [(false, string.Join(',', new int[Letters.Length]))] = 0 };
                kind = [.. Enumerable.Range(0, count).Select(s =>
                {
                    string moves = string.Join(',', Enumerable.Range(0, Letters.Length).Select(c => Next[s, c] == Dead ? 0 : kind[Next[s, c]]));
                    return kinds.TryGetValue((Accepts[s], moves), out int known) ? known : kinds[(Accepts[s], moves)] = kinds.Count;
                })];
            }
            return reached.Select(s => kind[s]).Where(k => k != 0).Distinct().Count();
        }
    }
}
