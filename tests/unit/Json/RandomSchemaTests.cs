using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Random schemas: no text drawn from a grammar's masks comes to a dead end, and each satisfies its schema.</summary>
public class RandomSchemaTests
{
    private static readonly JsonGrammarOptions s_short = new() { MaxDigits = 6 };

    private static readonly Gen<string> s_name = OneOf("a", "ab", "b", "é\"", "x1");

    private static readonly Gen<JsonNode?> s_value = Gen.OneOf(
        Gen.Int[-3, 12].Select(i => (JsonNode?)i), s_name.Select(s => (JsonNode?)s), Gen.Bool.Select(b => (JsonNode?)b), Gen.Const((JsonNode?)null),
        Gen.Int[-20, 20].Select(i => (JsonNode?)(i / 4m)), Gen.Int[0, 2].Select(i => (JsonNode?)new JsonArray(i)), s_name.Select(n => (JsonNode?)new JsonObject { [n] = 1 }));

    private static readonly Gen<string> s_pattern = OneOf("^a", "b$", "^[a-c]+$", "^[0-9]{1,3}$", "x|y", "^[ -~]{0,2}$", "^(ab)*$");

    private static Gen<JsonNode> Schema(int depth) => depth == 0 ? Keywords(depth, 2) : Gen.OneOf(Keywords(depth, 4), Keywords(depth, 2), Gen.Bool.Select(b => (JsonNode)JsonValue.Create(b)));

    private static Gen<JsonNode> Keywords(int depth, int most) => Keyword(depth).List[1, most].Select(keywords =>
    {
        var schema = new JsonObject();
        foreach ((string name, Func<JsonNode> value) in keywords)
            schema[name] = value();
        return (JsonNode)schema;
    });

    private static Gen<(string, Func<JsonNode>)> Keyword(int depth)
    {
        Gen<int> small = Gen.Int[0, 3];
        List<Gen<(string, Func<JsonNode>)>> all =
        [
            Of("type", OneOf("null", "boolean", "integer", "number", "string", "array", "object").List[1, 3].Select(t => (JsonNode)Array(t.Distinct().Select(n => (JsonNode?)n)))),
            Of("enum", s_value.List[1, 4].Select(v => (JsonNode)Array(v))),
            Of("minimum", Gen.Int[-9, 9].Select(i => (JsonNode)(i / 2m))),
            Of("exclusiveMaximum", Gen.Int[-9, 30].Select(i => (JsonNode)(i / 2m))),
            Of("multipleOf", OneOf(1m, 2m, 3m, 0.5m).Select(m => (JsonNode)m)),
            Of("minLength", small.Select(i => (JsonNode)i)),
            Of("maxLength", Gen.Int[1, 4].Select(i => (JsonNode)i)),
            Of("pattern", s_pattern.Select(p => (JsonNode)p)),
            Of("required", s_name.List[1, 2].Select(n => (JsonNode)Array(n.Distinct().Select(x => (JsonNode?)x)))),
            Of("minProperties", small.Select(i => (JsonNode)i)),
            Of("maxProperties", small.Select(i => (JsonNode)i)),
            Of("minItems", small.Select(i => (JsonNode)i)),
            Of("maxItems", small.Select(i => (JsonNode)i)),
            Of("dependentRequired", Gen.Select(s_name, s_name, (a, b) => (JsonNode)new JsonObject { [a] = new JsonArray(b) })),
        ];
        if (depth == 0)
            return Gen.OneOf([.. all]);
        Gen<JsonNode> inner = Schema(depth - 1);
        Gen<JsonNode> some = inner.List[1, 3].Select(s => (JsonNode)Array(s));
        all.AddRange(
        [
            Of("properties", Gen.Select(s_name, inner).List[1, 3].Select(Members)), Of("additionalProperties", inner), Of("items", inner), Of("contains", inner),
            Of("prefixItems", some), Of("patternProperties", Gen.Select(s_pattern, inner).List[1, 2].Select(Members)), Of("allOf", some), Of("anyOf", some),
            Of("oneOf", some), Of("not", inner), Of("if", inner), Of("then", inner), Of("else", inner), Of("propertyNames", s_pattern.Select(p => (JsonNode)new JsonObject { ["pattern"] = p })),
        ]);
        return Gen.OneOf([.. all]);
    }

    private static Gen<(string, Func<JsonNode>)> Of(string name, Gen<JsonNode> value) => value.Select(v => (name, (Func<JsonNode>)v.DeepClone));

    private static Gen<T> OneOf<T>(params T[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static JsonArray Array(IEnumerable<JsonNode?> nodes) => [.. nodes.Select(n => n?.DeepClone())];

    private static JsonNode Members(List<(string, JsonNode)> members)
    {
        var result = new JsonObject();
        foreach ((string name, JsonNode value) in members)
            result[name] = value.DeepClone();
        return result;
    }

    [Fact]
    public void What_is_drawn_finds_no_dead_end_and_satisfies_the_schema()
    {
        int compiled = 0, ended = 0;
        Gen.Select(Schema(2), Gen.Int[0, 1 << 20]).Sample(
            (schema, seed) =>
            {
                string text = schema.ToJsonString();
                JsonGrammar grammar;
                try
                {
                    grammar = JsonGrammar.FromSchema(text, s_short);
                }
                catch (GrammarException)
                {
                    return; // nothing satisfies it, or it cannot be enforced
                }
                Interlocked.Increment(ref compiled);
                using JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
                if ((RandomInstances.Draw(constraint, new Random(seed), most: 300) ?? End(constraint)) is not { } drawn)
                    return;
                Interlocked.Increment(ref ended);
                using JsonDocument schemaDocument = JsonDocument.Parse(text), instance = JsonDocument.Parse(drawn);
                Assert.True(SchemaValidator.IsValid(schemaDocument.RootElement, instance.RootElement), $"{text}\nadmits\n{drawn}");
            },
            iter: Environment.GetEnvironmentVariable("LLAMASPAN_LONG") == "1" ? 20_000 : 600,
            threads: 1);
        Assert.True(compiled > 200, $"only {compiled} schemas compiled");
        Assert.True(ended >= compiled * 0.98, $"{ended} of {compiled} texts ended");
    }

    /// <summary>Closes what chance does not end.</summary>
    private static string? End(JsonConstraint constraint)
    {
        var closing = new ArrayBufferWriter<LlamaToken>();
        if (constraint.ClosingTokens(closing) < 0)
            return null;
        foreach (LlamaToken token in closing.WrittenSpan)
            constraint.Accept(token);
        return Encoding.UTF8.GetString(constraint.Text);
    }
}
