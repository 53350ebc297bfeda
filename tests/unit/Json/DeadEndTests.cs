using System.Text;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Places where what could still come falls away bit by bit: the last of it must not fall away unseen.</summary>
public class DeadEndTests
{
    [Theory]
    [InlineData("""{"oneOf":[{"maxItems":0},{"prefixItems":[{"pattern":"^[a-c]+$"}]}],"maxItems":1,"type":"array"}""")]
    [InlineData("""{"anyOf":[{"maxItems":0},{"prefixItems":[{"pattern":"^[a-c]+$"}]}],"prefixItems":[true,false],"type":"array"}""")]
    [InlineData("""{"oneOf":[{"maxItems":0},{"items":{"pattern":"^[a-c]+$"}}],"prefixItems":[true,true,false],"type":"array"}""")]
    [InlineData("""{"oneOf":[{"maxItems":0},{"prefixItems":[{"pattern":"^[a-c]+$"},{"maxItems":0,"maxLength":1}]}],"prefixItems":[true,false,false],"type":"array"}""")]
    [InlineData("""{"properties":{"x":{"type":"string","pattern":"a.{9}$"}},"required":["x"],"not":{"properties":{"x":{"type":"string","pattern":"b.{9}$"}},"required":["z"]},"type":"object"}""")]
    public void Every_text_that_is_drawn_can_go_on(string schema)
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(schema, new JsonGrammarOptions { MaxDigits = 6 });
        for (int seed = 0; seed < 50; seed++)
        {
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            RandomInstances.Draw(constraint, new Random(seed), most: 300);
        }
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"child":{"$ref":"#"}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"child":{"items":{"$ref":"#"},"type":"array"}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"n":{"type":"integer"}},"patternProperties":{"^a":{"$ref":"#"},"b$":{"type":"array"}},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"child":{"$ref":"#"}},"additionalProperties":{"$ref":"#"},"minProperties":1}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"child":{"$ref":"#"}},"anyOf":[{"required":["a"]},{"required":["child"]}],"additionalProperties":false}""")]
    public void At_the_greatest_depth_no_property_begins_that_would_lie_deeper(string schema)
    {
        foreach (JsonPropertyOrder order in Enum.GetValues<JsonPropertyOrder>())
        {
            JsonGrammar grammar = JsonGrammar.FromSchema(schema, new JsonGrammarOptions { MaxDepth = 2, MaxDigits = 6, MaxWhitespace = 1, PropertyOrder = order });
            for (int seed = 0; seed < 100; seed++)
            {
                JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
                string? text = RandomInstances.Draw(constraint, new Random(seed), most: 40) ?? RandomInstances.Close(constraint);
                Assert.True(text is not null, Encoding.UTF8.GetString(constraint.Text));
            }
        }
    }

    [Fact]
    public void At_the_greatest_depth_every_mask_is_right()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(
            """{"type":"object","properties":{"a":{"type":"integer"},"ab":{"$ref":"#"},"c":{"$ref":"#"}},"patternProperties":{"^x":{"$ref":"#"},"y$":true},"additionalProperties":false}""",
            new JsonGrammarOptions { MaxDepth = 3, PropertyOrder = JsonPropertyOrder.Any });
        JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
        foreach (byte b in """{"c":{"a":1,"ab":{"a":2,"y":"","zy":3}},"xy":{"xx":{"a":1}}}"""u8)
        {
            ReadOnlySpan<ulong> mask = constraint.AllowedMask();
            for (int token = 0; token < constraint.VocabularySize; token++)
                if (((mask[token / 64] >> (token % 64) & 1) != 0) != constraint.IsAllowed(new LlamaToken(token)))
                    Assert.Fail($"token {token} after {Encoding.UTF8.GetString(constraint.Text)}");
            constraint.Accept(new LlamaToken(b));
        }
        Assert.True(constraint.IsComplete);
        Assert.False(grammar.IsValid("""{"c":{"ab":{"c":{}}}}"""u8));
    }
}
