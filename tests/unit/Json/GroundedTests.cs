using System.Text;
using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Strings that must come from given texts cannot be made up, and are spelled right.</summary>
public class GroundedTests
{
    private static readonly string[] s_passages =
    [
        "The Brillo kettle is red. It costs 45 dollars!",
        "He said \"no\\never\"\n\tand left.\u0001 \u007f Then: é, 日本, 😀 a/b. the end",
        "aaaa aaab",
    ];

    public static TheoryData<string, GroundingUnit> Schemas => new()
    {
        { """{"type":"string","x-grounded":{"in":"passages"}}""", GroundingUnit.Substring },
        { """{"type":["string","null"],"minLength":3,"maxLength":12,"x-grounded":{"in":"passages"}}""", GroundingUnit.Substring },
        { """{"type":"object","properties":{"quote":{"type":"string","minLength":1,"x-grounded":{"in":"passages"}},"more":{"type":"string","maxLength":5}},"required":["quote","more"],"additionalProperties":false}""", GroundingUnit.Substring },
        { """{"type":"array","items":{"anyOf":[{"type":"integer"},{"type":"string","x-grounded":{"in":"passages"}}]},"maxItems":4}""", GroundingUnit.Sentence },
        { """{"type":"string","minLength":20,"maxLength":40,"x-grounded":{"in":"passages"}}""", GroundingUnit.Sentence },
        { """{"type":"string","x-grounded":{"in":"passages"}}""", GroundingUnit.Whole },
    };

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Drawn_strings_stand_in_the_texts_and_every_mask_is_right(string schema, GroundingUnit unit)
    {
        var grounding = new Grounding("passages", new GroundingTexts(s_passages, unit));
        JsonGrammar grammar = JsonGrammar.FromSchema(schema, new() { MaxWhitespace = 1 });
        var random = new Random(3);
        bool closes = true;
        for (int i = 0; i < 60; i++)
        {
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary, grounding);
            string? json = RandomInstances.Draw(constraint, random, each: i < 15 ? Check : null);
            Assert.NotNull(json);
            Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(json), grounding));
            CheckStrings(JsonDocument.Parse(json).RootElement, unit);
        }

        void Check(JsonConstraint constraint)
        {
            ulong[] mask = constraint.AllowedMask().ToArray();
            for (int token = 0; token < constraint.VocabularySize; token++)
                Assert.Equal(constraint.IsAllowed(new LlamaToken(token)), (mask[token / 64] >> (token % 64) & 1) != 0);
            Assert.Equal(mask, constraint.Clone().AllowedMask().ToArray());
            using var tokens = new ArrayPoolBufferWriter<LlamaToken>();
            int before = constraint.AcceptedTokens;
            closes &= constraint.ClosingTokens(tokens) >= 0;
            Assert.True(closes);
            foreach (LlamaToken token in tokens.WrittenSpan)
                constraint.Accept(token);
            Assert.True(constraint.IsComplete);
            constraint.Rollback(constraint.AcceptedTokens - before);
            Assert.Equal(mask, constraint.AllowedMask().ToArray());
        }
    }

    [Fact]
    public void Every_part_of_a_text_is_admitted_and_nothing_else()
    {
        var grounding = new Grounding("t", "abcab é\n\"x\\");
        JsonGrammar grammar = JsonGrammar.FromSchema("""{"type":"string","x-grounded":{"in":"t"}}""", new() { MaxWhitespace = 1 });
        const string Text = "abcab é\n\"x\\";
        for (int from = 0; from <= Text.Length; from++)
            for (int to = from; to <= Text.Length; to++)
                Assert.True(Admits(Text[from..to]), Text[from..to]);
        foreach (string other in (string[])["ac", "abca b", "é\"", "n", "bb", "\\\\", "abcab é\n\"x\\ ", "\n\""[..1] + "x"])
            Assert.False(Admits(other), other);

        bool Admits(string text) => grammar.IsValid([.. "\""u8, .. Spelled(text), .. "\""u8], grounding);
    }

    [Fact]
    public void Texts_do_not_run_into_one_another()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema("""{"x-grounded":{"in":"t"}}""");
        var grounding = new Grounding("t", "ab", "cd", "bcx");
        Assert.True(grammar.IsValid("\"bc\""u8, grounding));
        Assert.True(grammar.IsValid("7"u8, grounding)); // says nothing about other types
        Assert.False(grammar.IsValid("\"abc\""u8, grounding));
    }

    [Fact]
    public void Agrees_with_a_search_in_random_texts()
    {
        var random = new Random(9);
        for (int round = 0; round < 60; round++)
        {
            string[] texts = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Word(random.Next(1, 30)))];
            var grounding = new Grounding("t", texts);
            JsonGrammar grammar = JsonGrammar.FromSchema("""{"type":"string","x-grounded":{"in":"t"}}""");
            for (int i = 0; i < 200; i++)
            {
                string word = Word(random.Next(0, 6));
                Assert.Equal(texts.Any(t => t.Contains(word, StringComparison.Ordinal)), grammar.IsValid(Encoding.UTF8.GetBytes($"\"{word}\""), grounding));
            }
        }

        string Word(int length) => new([.. Enumerable.Range(0, length).Select(_ => "abé"[random.Next(3)])]);
    }

    [Fact]
    public void Masks_of_one_grounding_are_not_those_of_another()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema("""{"type":"string","x-grounded":{"in":"t"}}""");
        foreach (string text in (string[])["xyz", "uvw", "xyz"])
        {
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary, new Grounding("t", text));
            constraint.Accept(new LlamaToken('"'));
            for (char c = 'u'; c <= 'z'; c++)
                Assert.Equal(text.Contains(c), (constraint.AllowedMask()[c / 64] >> (c % 64) & 1) != 0);
        }
    }

    [Fact]
    public void A_property_of_a_type_can_be_grounded()
    {
        JsonGrammar grammar = JsonGrammar.FromType(PlainTypes.Default.Cited);
        Assert.True(grammar.IsValid("""{"Quote":"is red","Note":"x"}"""u8, new Grounding("passages", s_passages)));
        Assert.False(grammar.IsValid("""{"Quote":"is blue","Note":"x"}"""u8, new Grounding("passages", s_passages)));
    }

    [Theory]
    [InlineData("""{"x-grounded":"passages"}""")]
    [InlineData("""{"x-grounded":{"in":"t"},"pattern":"a"}""")]
    [InlineData("""{"not":{"x-grounded":{"in":"t"}}}""")]
    [InlineData("""{"oneOf":[{"type":"string","x-grounded":{"in":"t"}},{"type":"string","pattern":"a"}]}""")]
    public void Refuses_what_cannot_be_enforced(string schema) =>
        Assert.Equal("x-grounded", Assert.Throws<GrammarException>(() => JsonGrammar.FromSchema(schema)).Keyword);

    [Fact]
    public void Refuses_missing_and_short_texts()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema("""{"type":"string","minLength":4,"x-grounded":{"in":"t"}}""");
        Assert.Contains("'t'", Assert.Throws<ArgumentException>(() => grammar.CreateConstraint(RandomInstances.Vocabulary)).Message);
        Assert.Contains("4 characters", Assert.Throws<ArgumentException>(() => grammar.CreateConstraint(RandomInstances.Vocabulary, new Grounding("t", "abc"))).Message);
        Assert.Throws<ArgumentException>(() => new GroundingTexts([]));
        Assert.Throws<ArgumentException>(() => new GroundingTexts(["\ud800"]));
        Assert.Throws<ArgumentException>(() => new GroundingTexts([new string('a', GroundingTexts.LongestTexts + 1)]));
    }

    private static byte[] Spelled(string text)
    {
        var spelled = new StringBuilder();
        foreach (char c in text)
            spelled.Append(c switch { '"' => "\\\"", '\\' => "\\\\", '\n' => "\\n", _ => c.ToString() });
        return Encoding.UTF8.GetBytes(spelled.ToString());
    }

    private static void CheckStrings(JsonElement value, GroundingUnit unit)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                string text = value.GetString()!;
                Assert.True(unit switch
                {
                    GroundingUnit.Substring => s_passages.Any(p => p.Contains(text, StringComparison.Ordinal)),
                    GroundingUnit.Whole => s_passages.Contains(text),
                    _ => s_passages.Any(p => p.Contains(text, StringComparison.Ordinal)) && (text is "the end" or "aaaa aaab" || ".!\"".Contains(text[^1]) || text.EndsWith("never\"")),
                }, text);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray())
                    CheckStrings(item, unit);
                break;
            case JsonValueKind.Object:
                CheckStrings(value.GetProperty("quote"), unit);
                break;
        }
    }
}
