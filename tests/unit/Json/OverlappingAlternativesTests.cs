using System.Text;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Alternatives of which exactly one must hold and that only a property's value tells apart: each must be carried along to where that value is.</summary>
public class OverlappingAlternativesTests
{
    private const string Kinds = "abcdefghijkl";

    [Fact]
    public void A_property_that_none_requires_may_tell_many_alternatives_apart()
    {
        IEnumerable<string> kinds = Kinds.Select(k => $$$"""{"properties":{"kind":{"enum":["{{{k}}}"]},"{{{k}}}":{"type":"string"}},"type":"object"}""");
        JsonGrammar grammar = JsonGrammar.FromSchema($$"""{"oneOf":[{{string.Join(',', kinds)}}]}""");
        foreach (char kind in Kinds)
        {
            Assert.True(IsValid(grammar, $$"""{"kind":"{{kind}}"}"""), $"kind {kind} alone");
            Assert.True(IsValid(grammar, $$"""{"kind":"{{kind}}","{{kind}}":"x","z":1}"""), $"kind {kind} with its property");
            Assert.False(IsValid(grammar, $$"""{"kind":"{{kind}}","{{kind}}":1}"""), $"kind {kind} with a wrong property");
        }
        Assert.All(["{}", """{"z":1}""", """{"kind":"z"}""", """{"kind":1}"""], text => Assert.False(IsValid(grammar, text), text));
    }

    [Fact]
    public void Alternatives_may_nest_in_each_other_though_one_of_them_has_no_mark_of_its_own()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema("""
            {"oneOf":[
                {"properties":{"op":{"enum":["literal"]},"type":{"type":"string"}},"required":["op","value","type"]},
                {"properties":{"op":{"enum":["variable"]},"variable":{"type":"string"}},"required":["op","variable"]},
                {"properties":{"op":{"enum":["let"]},"bindings":{"type":"array"},"main":{"$ref":"#"}},"required":["op","bindings","main"]},
                {"required":["op","discriminant","branches"]},
                {"properties":{"op":{"enum":["make"]},"name":{"type":"string"},"args":{"type":"array","items":{"$ref":"#"}}},"required":["op","name","args"]},
                {"properties":{"op":{"enum":["call"]},"far":{"enum":[false]},"name":{"type":"string"},"args":{"type":"array","items":{"$ref":"#"}}},"required":["op","name","args","far"]},
                {"properties":{"op":{"enum":["call"]},"far":{"enum":[true]},"name":{"type":"object"},"args":{"type":"array","items":{"$ref":"#"}}},"required":["op","name","args","far"]}
            ],"type":"object"}
            """, new JsonGrammarOptions { PropertyOrder = JsonPropertyOrder.Any });
        string nested = """{"op":"variable","variable":"x"}""";
        for (int depth = 0; depth < 4; depth++)
        {
            Assert.True(IsValid(grammar, nested), nested);
            Assert.False(IsValid(grammar, nested.Replace("\"x\"", "1")), nested);
            nested = $$"""{"op":"let","bindings":[],"main":{"op":"call","far":false,"name":"f","args":[{{nested}},{{nested}}]},"z":0}""";
        }
    }

    private static bool IsValid(JsonGrammar grammar, string text) => grammar.IsValid(Encoding.UTF8.GetBytes(text));
}
