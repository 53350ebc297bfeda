using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Schemas whose alternatives fall away one by one while an array is read: the last must not fall away unseen.</summary>
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
            using JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            RandomInstances.Draw(constraint, new Random(seed), most: 300);
        }
    }
}
