using System.Text;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

public class JsonGrammarTests
{
    private static readonly JsonGrammarOptions AnyOrder = new() { PropertyOrder = JsonPropertyOrder.Any };

    /// <summary>Schema, instances it admits, instances it refuses; a row a keyword or a known trap.</summary>
    public static TheoryData<string, string[], string[]> Keywords => new()
    {
        { "true", ["1", "\"a\"", "null", "[]", "{}", "{\"a\": [1, {}]}", "-0.5e10", "\"\\ud83d\\ude00\""], ["", "01", "\"\\ud83d\"", "[1,]", "{\"a\":1,\"a\":2}"] },
        { """{"type":"integer"}""", ["0", "-3", "12", "1.0"], ["1.5", "\"1\"", "true"] },
        { """{"type":["string","null"]}""", ["\"\"", "null"], ["1", "[]"] },
        { """{"enum":["a",1,null,[1],{"b":2}]}""", ["\"a\"", "1", "1.0", "null", "[1]", "{\"b\":2}"], ["\"b\"", "2", "[]", "[2]", "{}", "{\"b\":2,\"c\":1}"] },
        { """{"const":0.1}""", ["0.1", "0.10"], ["0.11", "0", "1"] },
        { """{"minimum":1.5,"maximum":20}""", ["1.5", "20", "20.0", "19.99", "\"x\""], ["1.49", "20.01", "-2", "21"] },
        { """{"exclusiveMinimum":0}""", ["0.001", "1e-05", "3"], ["0", "-0", "-1", "0.0"] },
        { """{"minimum":3,"exclusiveMinimum":true,"$schema":"http://json-schema.org/draft-04/schema#"}""", ["4", "3.1"], ["3", "2"] },
        { """{"multipleOf":0.01}""", ["0.07", "1.1", "19.99", "3"], ["0.005", "0.111"] },
        { """{"type":"number","not":{"multipleOf":3}}""", ["1", "4", "0.5"], ["3", "0", "9.0"] },
        { """{"type":"string","minLength":2,"maxLength":3}""", ["\"ab\"", "\"abc\"", "\"\\u00e9é\"", "\"😀😀😀\"", "\"\\ud83d\\ude00a\""], ["\"a\"", "\"abcd\"", "\"😀\""] },
        { """{"type":"string","pattern":"^a+$|b"}""", ["\"aa\"", "\"xbx\""], ["\"ax\"", "\"\""] },
        { """{"type":"string","pattern":"^(?!foo)[a-z]+$"}""", ["\"fob\"", "\"xfoo\""], ["\"foo\"", "\"food\""] },
        { """{"type":"string","format":"date-time"}""", ["\"2024-02-29T10:00:00Z\""], ["\"2023-02-29T10:00:00Z\"", "\"2024-01-01\""] },
        { """{"type":"string","format":"ipv6"}""", ["\"::1\"", "\"1:2:3:4:5:6:7:8\"", "\"::ffff:1.2.3.4\""], ["\"1::2::3\"", "\":1\""] },
        { """{"type":"object","required":["a"]}""", ["{\"a\":1}", "{\"b\":1,\"a\":2}"], ["{}", "{\"b\":1}", "[]"] },
        { """{"required":["a"]}""", ["1", "{\"a\":1}"], ["{}"] },
        { """{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}""", ["{}", "{\"a\":1}"], ["{\"b\":1}", "{\"a\":\"x\"}"] },
        { """{"type":"object","patternProperties":{"^x":{"type":"integer"}},"additionalProperties":{"type":"string"}}""", ["{\"x1\":1,\"y\":\"s\"}"], ["{\"x1\":\"s\"}", "{\"y\":1}"] },
        { """{"type":"object","propertyNames":{"pattern":"^[a-c]+$"}}""", ["{\"abc\":1}"], ["{\"d\":1}"] },
        { """{"type":"object","minProperties":1,"maxProperties":2}""", ["{\"a\":1}", "{\"a\":1,\"b\":1}"], ["{}", "{\"a\":1,\"b\":1,\"c\":1}"] },
        { """{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", ["[1]", "[1,2]"], ["[]", "[1,2,3]", "[\"a\"]"] },
        { """{"prefixItems":[{"type":"integer"}],"items":{"type":"string"},"type":"array"}""", ["[]", "[1]", "[1,\"a\",\"b\"]"], ["[\"a\"]", "[1,2]"] },
        { """{"type":"array","contains":{"const":1},"minContains":2,"maxContains":3}""", ["[1,1]", "[2,1,3,1,1]"], ["[]", "[1]", "[1,1,1,1]"] },
        { """{"type":"array","not":{"contains":{"const":1}}}""", ["[]", "[2]"], ["[1]", "[2,1]"] },
        { """{"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"a":{"minimum":3}}}],"type":"object"}""", ["{\"a\":3}"], ["{\"a\":2}", "{\"a\":\"x\"}"] },
        { """{"anyOf":[{"type":"object","properties":{"k":{"const":"a"},"v":{"type":"integer"}},"required":["k","v"]},{"type":"object","properties":{"k":{"const":"b"},"v":{"type":"string"}},"required":["k","v"]}]}""", ["{\"k\":\"a\",\"v\":1}", "{\"v\":\"s\",\"k\":\"b\"}"], ["{\"k\":\"a\",\"v\":\"s\"}", "{\"v\":1,\"k\":\"b\"}"] },
        { """{"oneOf":[{"multipleOf":2},{"multipleOf":3}],"type":"integer"}""", ["2", "3", "4", "9"], ["6", "0", "1"] },
        { """{"type":"object","oneOf":[{"required":["a"]},{"required":["b"]}]}""", ["{\"a\":1}", "{\"b\":1,\"c\":1}"], ["{}", "{\"a\":1,\"b\":1}"] },
        { """{"type":"object","oneOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"a":{"minimum":2}}}]}""", ["{\"a\":1}", "{\"a\":2.5}", "{}", "{\"a\":\"s\"}"], ["{\"a\":2}", "{\"a\":1.5}"] },
        { """{"not":{"type":"object"}}""", ["1", "[]"], ["{}"] },
        { """{"type":"object","not":{"required":["a","b"]}}""", ["{}", "{\"a\":1}"], ["{\"a\":1,\"b\":2}"] },
        { """{"type":"object","if":{"properties":{"t":{"const":1}},"required":["t"]},"then":{"required":["x"]},"else":{"required":["y"]}}""", ["{\"t\":1,\"x\":0}", "{\"t\":2,\"y\":0}", "{\"y\":0}"], ["{\"t\":1,\"y\":0}", "{\"t\":2,\"x\":0}"] },
        { """{"type":"object","dependentRequired":{"a":["b"]}}""", ["{}", "{\"b\":1}", "{\"a\":1,\"b\":1}"], ["{\"a\":1}"] },
        { """{"type":"object","dependentSchemas":{"a":{"properties":{"b":{"type":"integer"}}}}}""", ["{\"b\":\"s\"}", "{\"a\":1,\"b\":1}"], ["{\"a\":1,\"b\":\"s\"}", "{\"b\":\"s\",\"a\":1}"] },
        { """{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},"additionalProperties":false}}}""", ["{}", "{\"next\":{\"next\":{}}}"], ["{\"next\":1}"] },
        { """{"$ref":"#/$defs/n","maximum":5,"$defs":{"n":{"type":"integer"}}}""", ["5"], ["6", "5.5"] },
        { """{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/n","maximum":5,"definitions":{"n":{"type":"integer"}}}""", ["6"], ["\"a\""] },
        { """{"$ref":"#foo","$defs":{"n":{"$anchor":"foo","type":"null"}}}""", ["null"], ["1"] },
    };

    /// <summary>Schema, instances it admits, instances it refuses; a row a dialect's reading.</summary>
    public static TheoryData<string, string[], string[]> Dialects => new()
    {
        { """{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://x.org/s","type":"object","properties":{"a":{"$ref":"s#/definitions/p"}},"definitions":{"p":{"minimum":0,"exclusiveMinimum":true}}}""", ["{\"a\":1}"], ["{\"a\":0}"] },
        { """{"$schema":"http://json-schema.org/draft-06/schema#","contains":{"const":1},"maxContains":1,"items":[{"type":"integer"}],"additionalItems":false}""", ["[1]"], ["[2]", "[1,1]"] },
        { """{"$schema":"http://json-schema.org/draft-07/schema#","prefixItems":[{"type":"integer"}],"dependencies":{"a":["b"]},"unevaluatedProperties":false}""", ["[\"a\"]", "{\"a\":1,\"b\":1}"], ["{\"a\":1}"] },
        { """{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"type":"object","properties":{"c":{"$recursiveRef":"#"}},"unevaluatedProperties":false}""", ["{\"c\":{\"c\":{}}}"], ["{\"d\":1}", "{\"c\":{\"d\":1}}", "{\"c\":1}"] },
        { """{"$schema":"https://json-schema.org/draft/2019-09/schema","items":[{"type":"integer"}],"additionalItems":{"type":"string"},"dependencies":{"a":["b"]}}""", ["[1,\"a\"]", "{\"a\":1}"], ["[\"a\"]", "[1,2]"] },
        { """{"$schema":"https://json-schema.org/draft/2020-12/schema","dependencies":{"a":["b"]},"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}}""", ["{\"a\":1}", "[\"a\",1]"], ["[1]", "[\"a\",null]"] },
        { """{"$dynamicRef":"#n","$defs":{"x":{"$dynamicAnchor":"n","type":"integer"}}}""", ["1"], ["\"a\""] },
        { """{"$id":"https://x.org/root.json","$ref":"item.json#/$defs/z","$defs":{"i":{"$id":"item.json","$defs":{"z":{"type":"null"}}}}}""", ["null"], ["1"] },
        { """{"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":{"type":"integer"}}}""", ["1"], ["null"] },
        { """{"dependencies":{"a":["b"],"c":{"required":["d"]}},"dependentRequired":{"e":["f"]},"additionalItems":false,"items":[true]}""", ["{\"a\":1,\"b\":1}", "[1]"], ["{\"a\":1}", "{\"c\":1}", "{\"e\":1}", "[1,2]"] },
        { """{"anyOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":true},"required":["b"]}],"type":"object","unevaluatedProperties":false}""", ["{\"a\":1}", "{\"b\":1}", "{\"a\":1,\"b\":1}"], ["{\"a\":\"x\",\"b\":1}", "{\"a\":1,\"c\":1}", "{}"] },
    };

    [Theory]
    [MemberData(nameof(Keywords))]
    [MemberData(nameof(Dialects))]
    public void Admits_what_the_schema_admits_and_refuses_the_rest(string schema, string[] valid, string[] invalid)
    {
        JsonGrammar grammar = JsonGrammar.FromSchema(schema, AnyOrder);
        foreach (string text in valid)
            Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
        foreach (string text in invalid)
            Assert.False(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
    }

    [Theory]
    [InlineData("a(?=b)", "xaby", "xay")]
    [InlineData("^/(?:[^/]+/)*(?=[.]json)", "/a/b/.json", "/a/b.json")]
    [InlineData("x(?=y)|z", "az", "xx")]
    [InlineData("^(?!ab)a", "ac", "ab")]
    public void Understands_lookahead_at_a_patterns_ends(string pattern, string found, string missed)
    {
        JsonGrammar grammar = JsonGrammar.FromSchema($$"""{"pattern":"{{pattern}}"}""");
        Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes($"\"{found}\"")));
        Assert.False(grammar.IsValid(Encoding.UTF8.GetBytes($"\"{missed}\"")));
    }

    [Theory]
    [InlineData("""{"type":"strin"}""", "type", "")]
    [InlineData("""{"properties":{"a":{"pattern":"(?<=a)b"}}}""", "pattern", "/properties/a")]
    [InlineData("""{"$ref":"#/nowhere"}""", "$ref", "")]
    [InlineData("""{"$ref":"http://elsewhere/schema"}""", "$ref", "")]
    [InlineData("""{"items":{"minLength":-1}}""", "minLength", "/items")]
    [InlineData("""{"$schema":"urn:mine"}""", "$schema", "/$schema")]
    [InlineData("""{"$ref":"#"}""", "$ref", "")]
    [InlineData("""{"items":{"$ref":"#/items"}}""", "$ref", "/items")]
    [InlineData("""{"items":{"$ref":"#/$defs/a"},"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}""", "$ref", "/$defs/a")]
    [InlineData("""{"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"allOf":[{"$ref":"#/$defs/a"},{"type":"integer"}]}}}""", "$ref", "/$defs/a")]
    [InlineData("""{"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}""", "$ref", "/$defs/a")]
    [InlineData("""{"properties":{"a":{"oneOf":[{"type":"null"},{"$ref":"#/properties/a"}]}}}""", "$ref", "/properties/a")]
    [InlineData("""{"$ref":"#/$defs/a","minLength":1,"$defs":{"a":{"minItems":2,"anyOf":[{"$ref":"#/$defs/a"},{"minItems":3}]}}}""", "$ref", "/$defs/a")]
    [InlineData("""{"propertyNames":{"$ref":"#"}}""", "propertyNames", "")]
    public void Refuses_with_keyword_and_pointer(string schema, string keyword, string pointer)
    {
        GrammarException e = Assert.Throws<GrammarException>(() => JsonGrammar.FromSchema(schema));
        Assert.Equal((keyword, pointer), (e.Keyword, e.Pointer));
    }

    [Theory]
    [InlineData("false")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":1}""")]
    [InlineData("""{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","required":["n"],"properties":{"n":{"$ref":"#/$defs/n"}}}}}""")]
    public void Refuses_what_no_value_satisfies(string schema) => Assert.Throws<GrammarException>(() => JsonGrammar.FromSchema(schema));

    [Fact]
    public void Lists_unknown_keywords_as_warnings() =>
        Assert.Contains("'x-order'", Assert.Single(JsonGrammar.FromSchema("""{"x-order":1}""").Warnings));

    [Fact]
    public void Takes_an_unknown_format_as_an_annotation_or_refuses_it()
    {
        const string Schema = """{"properties":{"a":{"format":"iri"}}}""";
        Assert.StartsWith("#/properties/a: ", Assert.Single(JsonGrammar.FromSchema(Schema).Warnings));
        GrammarException refusal = Assert.Throws<GrammarException>(() => JsonGrammar.FromSchema(Schema, new() { UnknownFormats = UnknownFormats.Refuse }));
        Assert.Equal(("format", "/properties/a"), (refusal.Keyword, refusal.Pointer));
        Assert.Empty(JsonGrammar.FromSchema("""{"format":"date"}""", new() { UnknownFormats = UnknownFormats.Refuse }).Warnings);
    }

    [Fact]
    public void Admits_no_more_depth_digits_and_white_space_than_the_options_say()
    {
        JsonGrammar grammar = JsonGrammar.AnyJson(new() { MaxDepth = 2, MaxDigits = 3, MaxWhitespace = 1 });
        foreach (string text in (string[])["[[]]", "{\"a\":[]}", "123.456", " 1", "1e+29"])
            Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
        foreach (string text in (string[])["[[[]]]", "{\"a\":[{}]}", "1234", "0.1234", "  1", "[1,  2]"])
            Assert.False(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
        foreach (int limit in (int[])[0, 1001])
        {
            Assert.Throws<ArgumentOutOfRangeException>("MaxDepth", () => JsonGrammar.AnyJson(new() { MaxDepth = limit }));
            Assert.Throws<ArgumentOutOfRangeException>("MaxDigits", () => JsonGrammar.AnyJson(new() { MaxDigits = limit }));
            Assert.Throws<ArgumentOutOfRangeException>("MaxWhitespace", () => JsonGrammar.AnyJson(new() { MaxWhitespace = limit }));
        }
    }

    [Fact]
    public void A_token_that_is_not_allowed_changes_nothing_and_the_end_can_be_taken_back()
    {
        JsonConstraint constraint = JsonGrammar.FromSchema("""{"type":"boolean"}""").CreateConstraint(RandomInstances.Vocabulary);
        foreach (byte b in "true"u8)
        {
            ulong[] mask = constraint.AllowedMask().ToArray();
            Assert.Throws<ArgumentException>(() => constraint.Accept(new LlamaToken('x')));
            Assert.Throws<ArgumentException>(() => constraint.Accept(RandomInstances.End));
            Assert.Equal(mask, constraint.AllowedMask());
            constraint.Accept(new LlamaToken(b));
        }
        constraint.Accept(RandomInstances.End);
        Assert.True(constraint.IsEnded && !constraint.AllowedMask().ContainsAnyExcept(0UL));
        Assert.Throws<ArgumentException>(() => constraint.Accept(RandomInstances.End));
        constraint.Rollback(1);
        Assert.True(constraint.IsComplete && constraint.IsAllowed(RandomInstances.End));
        Assert.Throws<ArgumentOutOfRangeException>(() => constraint.Rollback(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => constraint.IsAllowed(new LlamaToken(RandomInstances.Vocabulary.Count)));
    }

    [Fact]
    public void Keeps_the_schemas_order_by_default()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema("""{"type":"object","properties":{"b":true,"a":true},"required":["b","a"]}""");
        Assert.True(grammar.IsValid("""{"b":1,"a":2}"""u8));
        Assert.False(grammar.IsValid("""{"a":1,"b":2}"""u8));
    }

    [Fact]
    public void Takes_escaped_quotes_in_names_and_values()
    {
        JsonGrammar listed = JsonGrammar.FromSchema("""{"type":"object","properties":{"a\"b":{"enum":["\"x"]}},"additionalProperties":false}""");
        Assert.True(listed.IsValid("""{"a\"b":"\"x"}"""u8));
        Assert.False(listed.IsValid("""{"a":1}"""u8));
        Assert.True(JsonGrammar.AnyJson().IsValid("""{"a\"":"\"\\","\\":""}"""u8));
    }

    [Fact]
    public void Admits_white_space_as_the_options_say()
    {
        const string Schema = """{"type":"object","properties":{"a":{"type":"array"}}}""";
        JsonGrammar none = JsonGrammar.FromSchema(Schema, new() { Whitespace = JsonWhitespace.None });
        JsonGrammar separators = JsonGrammar.FromSchema(Schema, new() { Whitespace = JsonWhitespace.Separators });
        JsonGrammar flexible = JsonGrammar.FromSchema(Schema);
        (string Text, bool None, bool Separators, bool Flexible)[] rows =
        [
            ("""{"a":[1,2]}""", true, false, true), ("""{"a": [1, 2]}""", false, true, true), ("{ \"a\" :\n[ 1 ,2 ] }", false, false, true),
            ("{" + new string(' ', 25) + "}", false, false, false),
        ];
        foreach ((string text, bool n, bool s, bool f) in rows)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            Assert.Equal((n, s, f), (none.IsValid(bytes), separators.IsValid(bytes), flexible.IsValid(bytes)));
        }
    }

    [Fact]
    public void Takes_one_of_some_texts_or_a_pattern_as_plain_text()
    {
        JsonGrammar choice = JsonGrammar.OneOf("yes", "no");
        Assert.True(choice.IsValid("yes"u8));
        Assert.False(choice.IsValid("\"yes\""u8));
        JsonGrammar pattern = JsonGrammar.Regex("[a-z]+\\d{2}");
        Assert.True(pattern.IsValid("abc12"u8));
        Assert.False(pattern.IsValid("abc123"u8));
    }
}
