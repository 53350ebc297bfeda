using System.Buffers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Items that must differ: equal ones never come, and no text comes to a dead end for want of others.</summary>
public class UniqueItemsTests
{
    private static readonly JsonGrammarOptions s_anyOrder = new() { PropertyOrder = JsonPropertyOrder.Any, MaxDigits = 6 };

    public static TheoryData<string, string[], string[]> Cases => new()
    {
        { """{"items":{"type":"string"},"type":"array","uniqueItems":true}""", ["[]", """["a","b",""]""", """["a", "a\n"]"""], ["""["a","a"]""", """["a","b", "a"]""", """["é","é"]"""] },
        { """{"items":{"enum":["a","ab",1,2,null,true]},"type":"array","uniqueItems":true}""", ["""["ab","a",2,1,true,null]""", "[1,2]"], ["[1,1]", "[null,null]", "[1,1.0]"] },
        { """{"items":{"type":"integer","minimum":1,"maximum":12},"type":"array","uniqueItems":true}""", ["[1,11,12,10,2]", "[ 3 , 4 ]"], ["[1,11,1]", "[12, 12]", "[3,3 ]"] },
        { """{"items":{"type":"number"},"type":"array","uniqueItems":true}""", ["[0,-1,0.5,0.25,10]"], ["[0.5,0.5]", "[0,-0]", "[1,1.0]", "[10,1e1]"] },
        { """{"type":"array","uniqueItems":true}""", ["""[1,"1",[1],{"a":1},{"a":2},[],{}]"""], ["""[{"a":1,"b":2},{"b":2,"a":1}]""", "[[],[]]", """[{"a":1},{"a":1.0}]""", """[{"a":"x"},{"a":"\u0078"}]"""] },
        { """{"items":{"type":"array","items":{"type":"integer"}},"type":"array","uniqueItems":true}""", ["[[1],[1,2],[]]"], ["[[1],[1]]", "[[1,2],[1, 2]]"] },
        { """{"items":{"items":{"type":"boolean"},"type":"array","uniqueItems":true},"type":"array"}""", ["[[true,false],[true],[]]"], ["[[true,true]]", "[[true,false,true]]"] },
        { """{"type":"array","uniqueItems":true,"minItems":1,"contains":{"const":"a"}}""", ["""["x","a"]""", """["a","x"]"""], ["""["x"]""", """["x","a","a"]"""] },
        { """{"type":"array","uniqueItems":true,"minItems":1,"items":{"type":"string"},"allOf":[{"contains":{"const":"a"}},{"contains":{"const":"b"}}]}""", ["""["x","ab","a","b"]""", """["b","a"]"""], ["""["b","b"]""", """["a","x"]"""] },
        { """{"type":"array","uniqueItems":true,"minItems":2,"contains":{"enum":[1,2,3]},"minContains":2,"maxContains":2}""", ["[4,5,3,1]", "[1,5,6,2]"], ["[4,5,3]", "[1,2,3]"] },
        { Closed("""{"a":{"type":"boolean"},"b":{"enum":["x","y"]}}""", required: "\"a\""), ["""[{"a":true},{"a":false},{"a":true,"b":"x"},{"b":"x","a":false},{"b":"y","a":true},{"a":false,"b":"y"}]"""],
            ["""[{"a":true},{"a":true}]""", """[{"a":true,"b":"x"},{ "b" : "x", "a":true }]"""] },
        { Closed("""{"n":{"type":"number"},"s":{"type":"string"}}""", required: ""), ["""[{},{"n":1},{"n":1,"s":"a"},{"n":1,"s":"ab"},{"s":"é"}]"""], ["""[{"n":1},{"n":1.0}]""", """[{"s":"a"},{"s":"\u0061"}]""", "[{},{ }]"] },
        { """{"items":{"type":"array","items":{"type":"boolean"},"maxItems":2},"type":"array","uniqueItems":true}""", ["[[],[true],[false],[true,true],[true,false],[false,true],[false,false]]"], ["[[true],[true]]", "[[true,false],[true, false]]"] },
        { """{"oneOf":[{"type":"string"},{"items":{"type":"string"},"type":"array","uniqueItems":true}]}""", ["\"a\"", """["a"]"""], ["""["a","a"]"""] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Admits_items_that_differ_and_no_others(string schema, string[] valid, string[] invalid)
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(schema, s_anyOrder);
        foreach (string text in valid)
            Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
        foreach (string text in invalid)
            Assert.False(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
    }

    public static TheoryData<string> ClosedItems =>
    [
        Closed("""{"a":{"type":"boolean"},"b":{"enum":["x","y"]}}""", required: "\"a\",\"b\"", ",\"minItems\":4"),
        Closed("""{"a":{"type":"boolean"},"b":{"enum":["x","xy",1]}}""", required: "\"b\"", ",\"minItems\":9"),
        Closed("""{"a":{"type":"boolean"}}""", required: "", ",\"minItems\":3"),
        Closed("""{"a":{"type":"boolean"},"b":{"type":"null"},"c":{"enum":[1,2]}}""", required: "", ",\"minItems\":10"),
        Closed("""{"name":{"type":"string"},"on":{"type":"boolean"}}""", required: "\"name\",\"on\"", ",\"minItems\":3,\"maxItems\":6"),
        Closed("""{"name":{"type":"string","maxLength":1},"v":{"type":"integer","minimum":1,"maximum":12}}""", required: "\"v\"", ",\"minItems\":3,\"maxItems\":6"),
        Closed("""{"o":{"type":"object","properties":{"p":{"type":"boolean"},"q":{"enum":["u","v"]}},"additionalProperties":false},"r":{"type":"null"}}""", required: "\"o\"", ",\"minItems\":9"),
        Closed("""{"t":{"type":"array","items":{"enum":["a","b"]},"uniqueItems":true}}""", required: "\"t\"", ",\"minItems\":5"),
        Closed("""{"t":{"type":"array","items":{"enum":["a","b"]},"maxItems":2}}""", required: "\"t\"", ",\"minItems\":7"),
        """{"items":{"type":"array","items":{"type":"boolean"},"maxItems":2},"type":"array","uniqueItems":true,"minItems":7}""",
        """{"items":{"type":"array","prefixItems":[{"enum":["a","b"]},{"type":"boolean"}],"minItems":2,"items":false},"type":"array","uniqueItems":true,"minItems":4}""",
        """{"items":{"anyOf":[{"type":"object","properties":{"k":{"const":1},"v":{"type":"boolean"}},"required":["k","v"],"additionalProperties":false},{"type":"object","properties":{"k":{"const":2},"w":{"enum":[1,2,3]}},"required":["k","w"],"additionalProperties":false}]},"type":"array","uniqueItems":true,"minItems":3}""",
        """{"items":{"anyOf":[{"type":"object","properties":{"k":{"type":"boolean"}},"required":["k"],"additionalProperties":false},{"type":"object","properties":{"k":{"enum":[true,2]}},"additionalProperties":false},{"enum":[1,12]}]},"type":"array","uniqueItems":true,"minItems":4}""",
        """{"items":{"type":"object","properties":{"a":{"type":"boolean"}},"patternProperties":{"^x":{"type":"boolean"}},"additionalProperties":false,"maxProperties":1},"type":"array","uniqueItems":true,"minItems":2}""",
        """{"items":{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"boolean"}},"dependentRequired":{"a":["b"]},"additionalProperties":false},"type":"array","uniqueItems":true}""",
        """{"items":{"type":"object","properties":{"a":{"type":"boolean"},"b":{"enum":[1,2]},"c":{"type":"null"}},"minProperties":2,"maxProperties":2,"additionalProperties":false},"type":"array","uniqueItems":true,"minItems":4}""",
        """{"items":{"type":"object","propertyNames":{"enum":["a","b"]},"additionalProperties":{"type":"boolean"}},"type":"array","uniqueItems":true,"minItems":5,"maxItems":7}""",
        """{"prefixItems":[{"type":"object","properties":{"a":{"type":"boolean"}},"additionalProperties":false}],"items":{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"boolean"}},"additionalProperties":false},"type":"array","uniqueItems":true,"minItems":4}""",
        """{"contains":{"type":"object","properties":{"a":{"type":"boolean"}},"required":["a"],"additionalProperties":false},"minContains":2,"type":"array","uniqueItems":true,"maxItems":4}""",
        """{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"boolean"},"kids":{"type":"array","items":{"$ref":"#/$defs/n"},"uniqueItems":true,"maxItems":3}},"required":["v"],"additionalProperties":false}}}""",
    ];

    [Theory]
    [InlineData("""{"items":{"enum":["a","ab","b",1,12,null,true]},"type":"array","uniqueItems":true,"minItems":7}""")]
    [InlineData("""{"items":{"enum":["é","è","ê"]},"type":"array","uniqueItems":true,"minItems":3}""")]
    [InlineData("""{"items":{"type":"integer","minimum":-2,"maximum":12},"type":"array","uniqueItems":true,"minItems":15}""")]
    [InlineData("""{"items":{"type":"string","pattern":"^[ab]{1,2}$"},"type":"array","uniqueItems":true,"minItems":6}""")]
    [InlineData("""{"items":{"type":"string","maxLength":1},"type":"array","uniqueItems":true,"minItems":4,"maxItems":6}""")]
    [InlineData("""{"items":{"type":"number","multipleOf":0.5,"minimum":0,"maximum":2},"type":"array","uniqueItems":true,"minItems":5}""")]
    [InlineData("""{"items":{"type":"object","properties":{"a":{"type":"boolean"}},"required":["a"]},"type":"array","uniqueItems":true,"minItems":4,"maxItems":5}""")]
    [InlineData("""{"items":{"type":["string","boolean","array"]},"type":"array","uniqueItems":true,"minItems":3,"maxItems":6}""")]
    [InlineData("""{"items":{"enum":["a","b","c",1,2]},"contains":{"type":"integer"},"minContains":2,"type":"array","uniqueItems":true,"minItems":4}""")]
    [InlineData("""{"contains":{"enum":["a",1]},"minContains":2,"type":"array","uniqueItems":true,"minItems":3}""")]
    [InlineData("""{"items":{"enum":["a","b","c"]},"allOf":[{"contains":{"enum":["a","b"]}},{"contains":{"enum":["b","c"]}},{"contains":{"enum":["a","c"]}}],"type":"array","uniqueItems":true,"maxItems":2}""")]
    [InlineData("""{"items":{"type":"string"},"allOf":[{"contains":{"const":"a"}},{"contains":{"const":"b"}}],"type":"array","uniqueItems":true,"minItems":1,"maxItems":4}""")]
    [InlineData("""{"prefixItems":[{"enum":["a"]},{"enum":["a","b"]}],"items":{"enum":["a","b","c"]},"type":"array","uniqueItems":true,"minItems":3}""")]
    [InlineData("""{"allOf":[{"items":{"type":"object","properties":{"a":{"type":"boolean"}},"additionalProperties":false}}],"type":"array","uniqueItems":true,"minItems":3}""")]
    [InlineData("""{"$ref":"#/$defs/l","uniqueItems":true,"minItems":3,"$defs":{"l":{"type":"array","items":{"type":"object","properties":{"a":{"type":"boolean"}},"additionalProperties":false}}}}""")]
    [MemberData(nameof(ClosedItems))]
    public void What_is_drawn_ends_and_every_mask_is_right(string schema)
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(schema, s_anyOrder);
        using JsonDocument document = JsonDocument.Parse(schema);
        for (int seed = 0; seed < 40; seed++)
        {
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            int step = 0;
            string json = RandomInstances.Draw(constraint, new Random(seed), most: 400, each: seed < 8 ? c => Check(c, step++ % 5 == 0) : null) ?? End(constraint);
            using JsonDocument instance = JsonDocument.Parse(json);
            Assert.True(SchemaValidator.IsValid(document.RootElement, instance.RootElement), json);
        }

        static void Check(JsonConstraint constraint, bool look)
        {
            if (!look)
                return;
            ulong[] mask = constraint.AllowedMask().ToArray();
            for (int token = 0; token < constraint.VocabularySize; token++)
                if (constraint.IsAllowed(new LlamaToken(token)) != ((mask[token / 64] >> (token % 64) & 1) != 0))
                    Assert.Fail($"after {Encoding.UTF8.GetString(constraint.Text)} token {token} '{Encoding.UTF8.GetString(RandomInstances.Vocabulary[new LlamaToken(token)])}': {!constraint.IsAllowed(new LlamaToken(token))}");
            Assert.Equal(mask, constraint.Clone().AllowedMask().ToArray());
        }
    }

    [Theory]
    [InlineData("""{"type":"string"}""", """["a","b","a""")]
    [InlineData("""{"type":"string"}""", """["","a","b","c","d","e","f","g","h","i",""" + "\"")]
    [InlineData("""{"type":"object","properties":{"k":{"type":"boolean"}},"required":["k"]}""", """[{"k":true},{"k":true""")]
    [InlineData("""{"type":"object","properties":{"k":{"type":"boolean"}},"required":["k"]}""", """[{"k":true},{"k":true,"a":null},{"k":true,"b":null},{"k":true,"a":nu""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """[{},{""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """[{},{"a":0},{"b":0},{"c":0},{"d":0},{"e":0},{"f":0},{""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """[{"b":1},{"b":1""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """[{"b":0},{"b""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """[{"b":0},{"b""" + "\"")]
    [InlineData("""{"type":"array","items":{"type":"boolean"}}""", """[[],[true],[true,true],[true""")]
    [InlineData("""{"type":"array","items":{"type":"boolean"}}""", """[[],[true],[true,true],[""")]
    [InlineData("""{"type":"array","items":{"type":"boolean"}}""", """[[],[true],[true,true],[true,""")]
    [InlineData("""{"type":"object","properties":{"k":{"type":"boolean"},"n":{"type":"integer","minimum":1,"maximum":2}},"required":["k"],"additionalProperties":false}""", """[{"k":true},{"k":true""")]
    [InlineData("""{"type":"object","properties":{"k":{"type":"boolean"},"n":{"type":"integer","minimum":1,"maximum":2}},"required":["k"],"additionalProperties":false}""", """[{"k":true},{"k":true,"n":1},{"k":true,"n":2},{""")]
    [InlineData("""{"type":"object","properties":{"k":{"type":"string"}},"required":["k"],"additionalProperties":false}""", """[{"k":""},{"k":"a"},{"k":"b"},{"k":"c"},{""")]
    [InlineData("""{"type":"array","items":{"type":"boolean"},"maxItems":2}""", """[[],[true],[true,true],[true""")]
    public void An_end_is_found_beside_what_was_used(string items, string begun)
    {
        JsonGrammar grammar = JsonGrammar.FromSchema($$"""{"items":{{items}},"type":"array","uniqueItems":true,"minItems":4}""", s_anyOrder);
        JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
        foreach (byte b in Encoding.UTF8.GetBytes(begun))
            constraint.Accept(new LlamaToken(b));
        using JsonDocument ended = JsonDocument.Parse(End(constraint));
        string[] all = [.. ended.RootElement.EnumerateArray().Select(item => item.GetRawText())];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    private static string Closed(string properties, string required, string rest = "") =>
        $$"""{"items":{"type":"object","properties":{{properties}},"required":[{{required}}],"additionalProperties":false},"type":"array","uniqueItems":true{{rest}}}""";

    private static string End(JsonConstraint constraint)
    {
        var tokens = new ArrayBufferWriter<LlamaToken>();
        Assert.True(constraint.ClosingTokens(tokens) >= 0, Encoding.UTF8.GetString(constraint.Text));
        foreach (LlamaToken token in tokens.WrittenSpan)
            constraint.Accept(token);
        Assert.True(constraint.IsComplete);
        return Encoding.UTF8.GetString(constraint.Text);
    }

    [Theory]
    [InlineData("""{"not":{"uniqueItems":true}}""", "/not")]
    public void Refuses_items_that_cannot_always_differ(string schema, string pointer)
    {
        GrammarException refused = Assert.Throws<GrammarException>(() => JsonGrammar.FromSchema(schema));
        Assert.Equal(("uniqueItems", pointer), (refused.Keyword, refused.Pointer));
    }

    [Theory]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":"boolean"},"minItems":3}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":"integer","minimum":1,"maximum":3},"minItems":4}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"contains":{"const":1},"minContains":2}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"minItems":1,"contains":{"enum":["a","b"]},"minContains":3}""")]
    public void Refuses_more_items_than_there_are_values(string schema) => Assert.Throws<GrammarException>(() => JsonGrammar.FromSchema(schema));
}
