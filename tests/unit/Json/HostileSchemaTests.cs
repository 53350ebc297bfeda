using System.Diagnostics;
using System.Text;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Schemas that mean harm compile in bounded memory, hence work, or are refused; so does the first mask.</summary>
public class HostileSchemaTests
{
    private const int MostSeconds = 60; // tells what hangs from what is slow on a busy machine; the work is bounded by its memory

    public static TheoryData<string, string> Schemas => new()
    {
        { "deep properties", Nested(400, """{"type":"object","required":["a"],"properties":{"a":""", "}}", "true") },
        { "deep allOf", Nested(450, """{"allOf":[""", "]}", """{"type":"string"}""") },
        { "deep not", Nested(400, """{"not":""", "}", """{"type":"string"}""") },
        { "deeper than a reader reads", Nested(3000, """{"items":""", "}", "true") },
        { "a huge enumeration", $$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 30_000).Select(i => $"\"value {i * 7919}\""))}}]}""" },
        { "a huge enumeration of numbers", $$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 5000).Select(i => $"{i * 7919}.{i}"))}}]}""" },
        { "many properties, all required", ManyProperties(3000) },
        { "doubling references", Doubling(40) },
        { "doubling references beside unevaluatedProperties", DoublingUnevaluated(40) },
        { "a reference to itself", """{"$ref":"#"}""" },
        { "exponential anyOf", $$"""{"type":"object","allOf":[{{string.Join(',', Enumerable.Range(0, 30).Select(i => $$$"""{"anyOf":[{"properties":{"p{{{i}}}":{"type":"integer"} },"required":["p{{{i}}}"]},{"properties":{"p{{{i}}}":{"type":"string"},"q{{{i}}}":{"const":1} },"required":["q{{{i}}}"]}]}"""))}}]}""" },
        { "exponential oneOf", $$"""{"type":"object","oneOf":[{{string.Join(',', Enumerable.Range(0, 200).Select(i => $$$"""{"properties":{"v":{"pattern":"x{{{i}}}"},"w{{{i % 7}}}":{"type":"integer"} } }"""))}}]}""" },
        { "references around in a circle", """{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}]}}}""" },
        { "recursion with negation", """{"$ref":"#/$defs/a","$defs":{"a":{"type":"object","properties":{"x":{"not":{"$ref":"#/$defs/a"}},"y":{"oneOf":[{"$ref":"#/$defs/a"},{"not":{"$ref":"#/$defs/a"}}]}}}}}""" },
        { "nested repetitions", """{"type":"string","pattern":"^((a{1,90}){1,90}){1,90}$"}""" },
        { "a catastrophic pattern", """{"type":"string","pattern":"^(([a-z])+.)+[A-Z]([a-z])+$"}""" },
        { "exponential subsets", """{"type":"string","pattern":"(a|b)*a(a|b){24}$"}""" },
        { "many patterns of names", $$"""{"type":"object","patternProperties":{ {{string.Join(',', Enumerable.Range(0, 40).Select(i => "\"[a-z]{" + (i + 1) + "}[" + (i % 10) + "]\":{\"minimum\":" + i + "}"))}} } }""" },
        { "lengths beyond measure", """{"type":"array","items":{"type":"string","minLength":999999999},"minItems":5}""" },
        { "counts beyond measure", """{"type":"array","contains":{"const":1},"minContains":900000000,"minItems":900000000,"items":{"enum":[1,2]}}""" },
        { "a tiny multipleOf", """{"type":"number","multipleOf":0.000000000000000000000001,"minimum":0.1}""" },
        { "large exponents", """{"type":"number","minimum":1e399,"maximum":1e999999999999999999999}""" },
        { "many conditions on one property for another", ManyConditions(120, 30) },
        { "more conditions on one property for another", ManyConditions(250, 30) },
        { "many unevaluated alternatives", $$"""{"anyOf":[{{string.Join(',', Enumerable.Range(0, 60).Select(i => $$$"""{"properties":{"p{{{i}}}":true} }"""))}}],"unevaluatedProperties":false}""" },
    };

    [Theory]
    [MemberData(nameof(Schemas), DisableDiscoveryEnumeration = true)]
    public void Compiles_or_refuses_in_bounded_memory(string what, string schema)
    {
        long clock = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            JsonGrammar grammar = JsonGrammar.FromSchema(schema, new() { PropertyOrder = JsonPropertyOrder.Any });
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            RandomInstances.Draw(constraint, new Random(1), most: 60);
        }
        catch (GrammarException refusal)
        {
            Assert.NotEmpty(refusal.Message);
        }
        double seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        long megabytes = (GC.GetAllocatedBytesForCurrentThread() - before) >> 20;
        Assert.True(seconds < MostSeconds, $"{what}: {seconds:0.0} s");
        Assert.True(megabytes < 3000, $"{what}: {megabytes} MB allocated");
    }

    [Fact]
    public void Takes_ten_megabytes_of_schema()
    {
        var schema = new StringBuilder("""{"type":"object","properties":{""");
        for (int i = 0; schema.Length < 10_000_000; i++)
            schema.Append(i == 0 ? "" : ",").Append($$"""
                "property number {{i}}":{"type":["string","integer"],"minLength":{{i % 9}},"description":"{{new string('x', 400)}}"}
                """);
        long clock = Stopwatch.GetTimestamp();
        JsonGrammar grammar = JsonGrammar.FromSchema(schema.Append("}}").ToString());
        Assert.True(grammar.IsValid("""{"property number 7": "1234567"}"""u8));
        Assert.False(grammar.IsValid("""{"property number 7": "1"}"""u8));
        Assert.True(Stopwatch.GetElapsedTime(clock).TotalSeconds < MostSeconds);
    }

    private static string Nested(int depth, string open, string close, string inner) =>
        string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth));

    private static string ManyProperties(int count)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(i => $"\"p{i}\"")];
        return $$"""{"type":"object","properties":{ {{string.Join(',', names.Select(n => n + ":{\"type\":\"integer\"}"))}} },"required":[{{string.Join(',', names)}}],"additionalProperties":false}""";
    }

    private static string ManyConditions(int count, int properties)
    {
        var conditions = Enumerable.Range(0, count).Select(i =>
        {
            string members = string.Join(',', Enumerable.Range(0, properties).Select(p => $"\"p{i}_{p}\":{{\"type\":\"string\"}}"));
            return $$"""
                {"if":{"properties":{"kind":{"const":"kind {{i}}"} } },"then":{"properties":{"value":{"type":"object","properties":{ {{members}} } } } } }
                """;
        });
        return $$"""{"type":"object","required":["value","kind"],"properties":{"kind":{"type":"string"} },"allOf":[{{string.Join(',', conditions)}}]}""";
    }

    private static string Doubling(int levels)
    {
        var definitions = Enumerable.Range(0, levels).Select(i => $$"""
            "d{{i}}":{"type":"object","properties":{"a":{"$ref":"#/$defs/d{{i + 1}}"},"b":{"$ref":"#/$defs/d{{i + 1}}"} },"required":["a","b"]}
            """);
        return $$"""{"$ref":"#/$defs/d0","$defs":{ {{string.Join(',', definitions)}},"d{{levels}}":true} }""";
    }

    private static string DoublingUnevaluated(int levels)
    {
        var definitions = Enumerable.Range(0, levels).Select(i => $$"""
            "d{{i}}":{"allOf":[{"$ref":"#/$defs/d{{i + 1}}"},{"$ref":"#/$defs/d{{i + 1}}"}]}
            """);
        return $$"""{"$ref":"#/$defs/d0","type":"object","unevaluatedProperties":false,"$defs":{ {{string.Join(',', definitions)}},"d{{levels}}":{"properties":{"a":true} } } }""";
    }
}
