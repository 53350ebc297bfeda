using System.Text;
using CommunityToolkit.HighPerformance.Buffers;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>JSON that begins after a marker or with a trigger, in text that is otherwise free.</summary>
public class JsonEmbeddingTests
{
    private static readonly JsonGrammar s_call = JsonGrammar.FromSchema(
        """{"type":"object","properties":{"name":{"enum":["add","sub"]},"x":{"type":"integer"}},"required":["name","x"],"additionalProperties":false}""",
        new() { MaxWhitespace = 1 });

    public static TheoryData<JsonEmbedding, string[], string[]> Texts => new()
    {
        {
            new("</think>"),
            ["</think>{\"name\":\"add\",\"x\":1}", "so </thin</think>{\"name\":\"sub\",\"x\":-2}", "<</think> {\"name\": \"sub\", \"x\": 1}"],
            ["", "so", "{\"name\":\"add\",\"x\":1}", "</think>{}", "</think>{\"name\":\"add\",\"x\":1} and"]
        },
        {
            new("<tool>") { MustCome = false, Closing = "</tool>", Repeats = true },
            ["", "no call", "a<tool>{\"name\":\"add\",\"x\":1}</tool>b", "<tool>{\"name\":\"add\",\"x\":1}</tool><tool>{\"name\":\"sub\",\"x\":2}</tool>"],
            ["<tool>", "<tool>{\"name\":\"add\",\"x\":1}", "<tool>{\"name\":\"add\",\"x\":1}</tool><tool>1</tool>", "<tool>{\"name\":\"add\",\"x\":1}</toll>"]
        },
        {
            new("<tool>") { Closing = "é", Repeats = true },
            ["<tool>{\"name\":\"add\",\"x\":1}é", "<tool>{\"name\":\"add\",\"x\":1}é and more"],
            ["", "<tool>{\"name\":\"add\",\"x\":1}"]
        },
        {
            new("{\"name\":") { IsPartOfValue = true, MustCome = false },
            ["{\"name\":\"add\",\"x\":1}", "well {\"na {\"name\": \"sub\", \"x\":3}", "no {call}"],
            ["{\"name\":1}", "{\"name\":\"add\",\"x\":1}."]
        },
        { new("aab"), ["aaab{\"name\":\"add\",\"x\":1}", "aabaab"[..0] + "xaab{\"name\":\"add\",\"x\":1}"], ["aab", "aabb{}"] },
    };

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void Admits_free_text_around_and_nothing_else_within(JsonEmbedding embedding, string[] valid, string[] invalid)
    {
        JsonGrammar grammar = s_call.InText(embedding);
        foreach (string text in valid)
            Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
        foreach (string text in invalid)
            Assert.False(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
    }

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void Masks_checks_rollback_and_clones_agree(JsonEmbedding embedding, string[] valid, string[] _)
    {
        JsonGrammar grammar = s_call.InText(embedding);
        foreach (string text in valid)
        {
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            var masks = new List<ulong[]>();
            foreach (byte b in Encoding.UTF8.GetBytes(text))
            {
                masks.Add(CheckMask(constraint));
                constraint.Accept(new LlamaToken(b));
            }
            CheckMask(constraint);
            Assert.True(constraint.IsComplete && constraint.IsAllowed(RandomInstances.End));
            JsonConstraint clone = constraint.Clone();
            for (int back = masks.Count - 1; back >= 0; back--)
            {
                constraint.Rollback(1);
                Assert.Equal(masks[back], constraint.AllowedMask().ToArray());
            }
            Assert.True(clone.IsComplete);
        }
    }

    [Fact]
    public void A_marker_may_begin_and_end_within_tokens()
    {
        JsonGrammar grammar = s_call.InText(new(", \"\": ")); // as the tokens ', "' and '": ' spell it
        JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
        constraint.Accept(Token(", \""));
        Assert.False(constraint.IsComplete);
        constraint.Accept(Token("\": "));
        Assert.False(constraint.IsAllowed(Token(" the")));
        Assert.True(constraint.IsAllowed(Token("{\"")));
        JsonConstraint within = s_call.InText(new(", ")).CreateConstraint(RandomInstances.Vocabulary);
        Assert.False(within.IsAllowed(Token(", \""))); // the value may not begin with a quote
        Assert.True(s_call.InText(new("a")).CreateConstraint(RandomInstances.Vocabulary).IsAllowed(Token(" the")));
    }

    [Fact]
    public void Ends_free_text_shortly_and_finds_its_values()
    {
        JsonEmbedding embedding = new("<tool>") { Closing = "</tool>" };
        JsonConstraint constraint = s_call.InText(embedding).CreateConstraint(RandomInstances.Vocabulary);
        foreach (byte b in "let me see <to"u8)
            constraint.Accept(new LlamaToken(b));
        using var tokens = new ArrayPoolBufferWriter<LlamaToken>();
        Assert.True(constraint.ClosingTokens(tokens) > 0);
        foreach (LlamaToken token in tokens.WrittenSpan)
            constraint.Accept(token);
        Assert.True(constraint.IsComplete && constraint.MustEnd);
        Assert.StartsWith("""{"name":"add","x":""", Encoding.UTF8.GetString(constraint.Value));
        Assert.EndsWith("}", Encoding.UTF8.GetString(constraint.Value));
        Assert.Equal(2, (embedding with { Repeats = true }).FindValues("a<tool>1</tool><tool>[2"u8).Count);
    }

    [Fact]
    public void Refuses_a_marker_that_no_value_begins_with()
    {
        Assert.Throws<GrammarException>(() => s_call.InText(new("[") { IsPartOfValue = true }));
        Assert.Throws<InvalidOperationException>(() => JsonGrammar.OneOf("a").InText(new("b")));
        Assert.Throws<ArgumentException>(() => new JsonEmbedding(""));
    }

    private static LlamaToken Token(string text)
    {
        for (int id = 0; id < RandomInstances.Vocabulary.Count; id++)
            if (RandomInstances.Vocabulary[new LlamaToken(id)].SequenceEqual(Encoding.UTF8.GetBytes(text)))
                return new LlamaToken(id);
        throw new ArgumentException($"no token '{text}'", nameof(text));
    }

    private static ulong[] CheckMask(JsonConstraint constraint)
    {
        ulong[] mask = constraint.AllowedMask().ToArray();
        for (int token = 0; token < constraint.VocabularySize; token++)
            Assert.Equal(constraint.IsAllowed(new LlamaToken(token)), (mask[token / 64] >> (token % 64) & 1) != 0);
        return mask;
    }
}
