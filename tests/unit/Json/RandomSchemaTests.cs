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
            Of("uniqueItems", Gen.Const((JsonNode)true)),
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
            Of("dependentSchemas", Gen.Select(s_name, inner).List[1, 2].Select(Members)), Of("unevaluatedProperties", inner), Of("unevaluatedItems", inner),
            Of("$ref", OneOf("#", "#/$defs/d", "#/$defs/e").Select(r => (JsonNode)r)),
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

    /// <summary>The same schemas each time; the long run draws others, and prints the seed of one that fails.</summary>
    [Fact]
    public void What_is_drawn_finds_no_dead_end_and_satisfies_the_schema()
    {
        (int compiled, int ended, int endless) = (0, 0, 0);
        Gen<(JsonNode, int)> drawn = Gen.Select(Schema(2), Schema(1), Schema(1), Gen.Int[0, 1 << 20], (root, d, e, seed) =>
        {
            root = root.DeepClone();
            if (root is JsonObject schema && root.ToJsonString().Contains("$ref"))
                schema["$defs"] = new JsonObject { ["d"] = d.DeepClone(), ["e"] = e.DeepClone() };
            return (root, seed);
        });
        if (TestRun.IsLong)
            drawn.Sample(Judge, iter: 20_000, threads: 1);
        else
            for (uint stream = 0; stream < 600; stream++)
                Judge(drawn.Generate(new PCG(stream, 5), null, out _));
        Assert.True(compiled > 200, $"only {compiled} schemas compiled");
        Assert.True(ended >= compiled * 0.98, $"{ended} of {compiled} texts ended");
        Assert.True(endless < ended / 50, $"{endless} of {ended} texts could not be judged");

        void Judge((JsonNode Schema, int Seed) drawn)
        {
            string text = drawn.Schema.ToJsonString();
            JsonGrammar grammar;
            try
            {
                grammar = JsonGrammar.FromSchema(text, s_short);
            }
            catch (GrammarException)
            {
                return; // nothing satisfies it, or it cannot be enforced
            }
            compiled++;
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            if ((RandomInstances.Draw(constraint, new Random(drawn.Seed), most: 300) ?? RandomInstances.Close(constraint)) is not { } instance)
                return;
            ended++;
            using JsonDocument schema = JsonDocument.Parse(text), value = JsonDocument.Parse(instance);
            try
            {
                Assert.True(SchemaValidator.IsValid(schema.RootElement, value.RootElement), $"{text}\nadmits\n{instance}");
            }
            catch (InvalidOperationException)
            {
                endless++; // a reference in a circle that does not matter, as in anyOf beside true
            }
        }
    }
}
