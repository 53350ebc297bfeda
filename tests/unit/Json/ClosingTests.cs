using System.Text;
using CommunityToolkit.HighPerformance.Buffers;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>From every state that can be reached a short end is known, and it is an end.</summary>
public class ClosingTests
{
    public static TheoryData<string> Schemas =>
    [
        "true",
        """{"type":"object","properties":{"name":{"type":"string","minLength":3,"pattern":"^[A-Z][a-z]+$"},"age":{"type":"integer","minimum":18},"tags":{"type":"array","items":{"enum":["red","green"]},"minItems":2,"maxItems":4},"on":{"type":"boolean"}},"required":["name","age","tags"],"additionalProperties":false}""",
        """{"type":"object","propertyNames":{"pattern":"^[a-c]{1,4}$"},"additionalProperties":{"type":"number","multipleOf":0.5},"minProperties":3}""",
        """{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"number"},"kids":{"type":"array","items":{"$ref":"#/$defs/n"}}},"required":["v","kids"],"additionalProperties":false}}}""",
        """{"anyOf":[{"type":"object","properties":{"k":{"const":"a"},"v":{"type":"integer"}},"required":["k","v"]},{"type":"object","properties":{"k":{"const":"b"},"w":{"type":"string","minLength":20}},"required":["k","w"]}]}""",
        """{"type":"array","contains":{"const":1},"minContains":2,"items":{"type":"integer"}}""",
        """{"type":"object","properties":{"t":{"enum":[1,2]}},"required":["t"],"if":{"properties":{"t":{"const":1}}},"then":{"required":["x"]},"else":{"required":["y"]}}""",
        """{"type":"array","uniqueItems":true,"items":{"type":"object","properties":{"k":{"type":"boolean"}},"required":["k"],"additionalProperties":{"type":"null"}}}""",
        """{"type":"array","uniqueItems":true,"items":{"type":"array","items":{"type":"boolean"},"minItems":1},"minItems":3,"maxItems":5}""",
        """{"type":"array","uniqueItems":true,"items":{"type":"object","properties":{"k":{"type":"boolean"},"v":{"enum":[1,2]}},"required":["k"],"additionalProperties":false},"minItems":4}""",
        """{"type":"array","uniqueItems":true,"items":{"type":"object","properties":{"name":{"type":"string"},"tags":{"type":"array","items":{"enum":["a","b"]},"uniqueItems":true}},"required":["name","tags"],"additionalProperties":false},"minItems":2,"maxItems":4}""",
        """{"type":"string","format":"date-time"}""",
        """{"type":"string","minLength":300,"maxLength":400}""",
    ];

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Every_state_has_a_short_end(string schema)
    {
        foreach (JsonWhitespace whitespace in Enum.GetValues<JsonWhitespace>())
        {
            JsonGrammar grammar = JsonGrammar.FromSchema(schema, new() { Whitespace = whitespace, MaxDepth = 8, MaxWhitespace = 2 });
            var random = new Random(7);
            int most = 0;
            for (int i = 0; i < 12; i++)
                Assert.NotNull(RandomInstances.Draw(grammar.CreateConstraint(RandomInstances.Vocabulary), random, most: 20_000, each: Check));
            Assert.InRange(most, 1, 700);

            void Check(JsonConstraint constraint)
            {
                using var tokens = new ArrayPoolBufferWriter<LlamaToken>();
                int before = constraint.AcceptedTokens, count = constraint.ClosingTokens(tokens);
                Assert.True(count >= 0 && count == tokens.WrittenCount, $"{count} after {Encoding.UTF8.GetString(constraint.Text)}");
                most = Math.Max(most, count);
                foreach (LlamaToken token in tokens.WrittenSpan)
                    constraint.Accept(token);
                Assert.True(constraint.IsComplete);
                constraint.Rollback(constraint.AcceptedTokens - before);
            }
        }
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"object"}},"additionalProperties":false}""", """{"a":1,""", """{"a":1,"b":{}}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"oneOf":[true,{"items":{"maxProperties":1,"required":["b"]}}]}""", """["x",1""", """["x",1,{}]""")]
    [InlineData("""{"type":"array","items":{"type":"string"},"allOf":[{"contains":{"const":"long"}},{"contains":{"const":"longer"}}]}""", """["x""", """["x","long","longer"]""")]
    public void An_end_is_found_that_is_not_the_nearest_at_every_step(string schema, string begun, string ended)
    {
        JsonConstraint constraint = JsonGrammar.FromSchema(schema).CreateConstraint(RandomInstances.Vocabulary);
        foreach (byte b in Encoding.UTF8.GetBytes(begun))
            constraint.Accept(new LlamaToken(b));
        Assert.Equal(ended, RandomInstances.Close(constraint));
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"xxxxa""")]
    [InlineData("""{"aaab":1,"aaba":2,"a""")]
    public void An_end_is_found_of_names_that_several_patterns_share(string begun)
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(
            """
            {"type":"object","minProperties":4,"allOf":[
                {"patternProperties":{"^.{1,3}$":false}},
                {"patternProperties":{"a":true},"additionalProperties":false},
                {"patternProperties":{"b":true},"additionalProperties":false}]}
            """);
        JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
        foreach (byte b in Encoding.UTF8.GetBytes(begun))
            constraint.Accept(new LlamaToken(b));
        Assert.NotNull(RandomInstances.Close(constraint));
    }

    /// <summary>The second item must differ from the first, and the first name that could make it differ has a value of the kind that is sought.</summary>
    [Fact]
    public void An_end_is_not_sought_within_itself()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(
            """
            {"$ref":"#/$defs/list","$defs":{"list":{"type":"array","uniqueItems":true,"minItems":2,"items":
                {"type":"object","patternProperties":{"^a":{"$ref":"#/$defs/list"}},"additionalProperties":{"type":"integer"}}}}}
            """);
        JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
        string end = RandomInstances.Close(constraint)!;
        Assert.StartsWith("[{},{", end);
        Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(end)), end);
    }

    [Fact]
    public void The_end_of_what_has_none_to_choose_is_forced()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(
            """{"type":"object","properties":{"kind":{"const":"point"},"x":{"type":"integer"}},"required":["kind","x"],"additionalProperties":false}""",
            new() { Whitespace = JsonWhitespace.None });
        JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
        using var bytes = new ArrayPoolBufferWriter<byte>();
        Assert.Equal(20, constraint.ForcedBytes(bytes));
        Assert.Equal("""{"kind":"point","x":""", Encoding.UTF8.GetString(bytes.WrittenSpan));
        Assert.False(constraint.MustEnd);
        foreach (byte b in """{"kind":"point","x":1}"""u8)
            constraint.Accept(new LlamaToken(b));
        Assert.True(constraint.MustEnd);
        Assert.True(constraint.IsLongerToken("nul"u8) && !constraint.IsLongerToken("null"u8));
    }
}
