using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Languages from which words are left out, put together in every way, against sets of texts.</summary>
public class StringLanguageTests
{
    private const string Letters = "abc";

    private static readonly string[] s_texts = [.. TextsUpTo(4)];

    [Fact]
    public void Words_are_left_out_wherever_a_language_goes()
    {
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            (StringLanguage language, HashSet<string> texts) = Drawn(random);
            (StringLanguage other, HashSet<string> others) = Drawn(random);
            AssertHolds(texts, language);
            AssertHolds(texts.Intersect(others), language.And(other));
            AssertHolds(texts.Union(others), language.Or(other));
            AssertHolds(s_texts.Except(texts), language.Not());
            AssertHolds(texts, language.Not().Not());
            Assert.Equal(texts.Count == 0, language.And(StringLanguage.Of(s_texts)).IsEmpty);
        }
    }

    [Fact]
    public void A_language_with_words_left_out_reads_as_one_without_them()
    {
        StringLanguage whole = Matching("^[0-9a-f]{8}$"), part = whole.Without(["0123cdef", "89abcdef", "none of it"]);
        Assert.Same(whole, whole.Without(["none of it"]));
        Assert.Equal(whole.And(StringLanguage.Of(["0123cdef", "89abcdef"]).Not()).Dfa.Count, part.Dfa.Count);
        Assert.False(part.IsEmpty);
        Assert.True(Matching("^[ab]$").Without(["a", "b"]).IsEmpty);
        Assert.True(StringLanguage.Of(CharDfa.Any, 0, 0).Without([""]).IsEmpty);
    }

    /// <summary>A language, words left out of it in one or two steps, and the texts of up to four letters in it.</summary>
    private static (StringLanguage Language, HashSet<string> Texts) Drawn(Random random)
    {
        string[] patterns = ["", "^[abc]*$", "a", "^(ab|c)*$", "^[ab]{2,4}$", "^b", "^[abc]{0,3}$"];
        StringLanguage language = Matching(patterns[random.Next(patterns.Length)]);
        int least = random.Next(3);
        if (random.Next(2) == 0)
            language = language.And(StringLanguage.Of(CharDfa.Any, least, random.Next(3) == 0 ? -1 : least + random.Next(3)));
        HashSet<string> texts = [.. s_texts.Where(language.Contains)];
        for (int step = random.Next(3); step > 0; step--)
        {
            string[] words = random.GetItems(s_texts, random.Next(1, 6));
            language = language.Without(words);
            texts.ExceptWith(words);
        }
        return (language, texts);
    }

    private static void AssertHolds(IEnumerable<string> expected, StringLanguage language)
    {
        Assert.Equal(expected.Order(StringComparer.Ordinal), s_texts.Where(language.Contains).Order(StringComparer.Ordinal));
        CharDfa dfa = language.ToDfa();
        Assert.Equal(expected.Order(StringComparer.Ordinal), s_texts.Where(dfa.Matches).Order(StringComparer.Ordinal));
    }

    private static StringLanguage Matching(string pattern) => StringLanguage.Of(RegexAutomaton.Build(RegexParser.Parse(pattern)));

    private static IEnumerable<string> TextsUpTo(int length) =>
        length == 0 ? [""] : [.. TextsUpTo(length - 1), .. TextsUpTo(length - 1).Where(t => t.Length == length - 1).SelectMany(t => Letters.Select(c => t + c))];
}
