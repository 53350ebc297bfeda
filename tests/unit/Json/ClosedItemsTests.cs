using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>
/// Random schemas of arrays whose items must differ and have few values: closed objects and arrays, within one another and beside scalars. As many
/// items are asked for as there may just be.
/// </summary>
public class ClosedItemsTests
{
    private static readonly Gen<JsonNode> s_scalar = OneOf<JsonNode>(
        () => new JsonObject { ["type"] = "boolean" },
        () => new JsonObject { ["type"] = "null" },
        () => new JsonObject { ["enum"] = new JsonArray("a", "ab", 1, 12) },
        () => new JsonObject { ["enum"] = new JsonArray("é\"", "è") },
        () => new JsonObject { ["const"] = "x" },
        () => new JsonObject { ["type"] = "integer", ["minimum"] = 8, ["maximum"] = 11 },
        () => new JsonObject { ["type"] = "string", ["pattern"] = "^[ab]{0,2}$" },
        () => new JsonObject { ["type"] = "string", ["maxLength"] = 1 },
        () => new JsonObject { ["type"] = "string" });

    private static Gen<JsonNode> Value(int depth) => depth == 0 ? s_scalar : Gen.Frequency((3, s_scalar), (3, ClosedObject(depth)), (2, ClosedArray(depth)), (1, Alternatives(depth)));

    private static Gen<JsonNode> ClosedObject(int depth) =>
        Gen.Select(Value(depth - 1).List[0, 3], Gen.Int[0, 15], Gen.Int[0, 23], (values, required, extra) =>
        {
            string[] names = ["a", "ab", "b"];
            var properties = new JsonObject();
            for (int i = 0; i < values.Count; i++)
                properties[names[i]] = values[i].DeepClone();
            JsonObject schema = new() { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
            schema["required"] = new JsonArray([.. names.Take(values.Count).Where((_, i) => (required >> i & 1) != 0).Select(n => (JsonNode)n)]);
            switch (extra)
            {
                case 0: schema["maxProperties"] = 1; break;
                case 1: schema["minProperties"] = 1; break;
                case 2: schema["patternProperties"] = new JsonObject { ["^x"] = new JsonObject { ["type"] = "boolean" } }; break;
                case 3: schema["dependentRequired"] = new JsonObject { ["a"] = new JsonArray("b") }; break;
                case 4: schema["patternProperties"] = new JsonObject { ["^[xy]$"] = new JsonObject { ["type"] = "null" } }; break;
                case 5: schema["if"] = new JsonObject { ["required"] = new JsonArray("a") }; schema["then"] = new JsonObject { ["required"] = new JsonArray("b") }; break;
            }
            return (JsonNode)schema;
        });

    private static Gen<JsonNode> ClosedArray(int depth) => Gen.Select(Value(depth - 1), Gen.Int[0, 3], Gen.Bool, Gen.Int[0, 9], (items, most, unique, extra) =>
    {
        JsonObject schema = new() { ["type"] = "array", ["items"] = items.DeepClone(), ["maxItems"] = most };
        if (unique)
            schema["uniqueItems"] = true;
        if (extra == 0)
            schema["prefixItems"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray("a", true) });
        if (extra == 1)
            schema["contains"] = new JsonObject { ["const"] = "x" };
        return (JsonNode)schema;
    });

    private static Gen<JsonNode> Alternatives(int depth) => Gen.Select(Value(depth - 1).List[1, 3], Gen.Bool, (parts, one) =>
        (JsonNode)new JsonObject { [one ? "oneOf" : "anyOf"] = new JsonArray([.. parts.Select(p => p.DeepClone())]) });

    private static Gen<T> OneOf<T>(params Func<T>[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]());

    private static readonly Gen<(JsonNode, int)> s_array = Gen.Select(Value(2), Gen.Int[0, 8], Gen.Int[0, 9], Gen.Int[0, 1 << 20], (items, least, extra, seed) =>
    {
        JsonObject schema = new() { ["type"] = "array", ["uniqueItems"] = true, ["items"] = items.DeepClone(), ["minItems"] = least };
        if (extra == 0)
            schema["contains"] = new JsonObject { ["type"] = "object", ["required"] = new JsonArray("a") };
        if (extra == 1)
            schema["prefixItems"] = new JsonArray(new JsonObject { ["type"] = "boolean" });
        if (extra == 2)
            schema["maxItems"] = 3;
        return ((JsonNode)schema, seed);
    });

    [Fact]
    public void What_is_drawn_finds_no_dead_end_and_every_mask_is_right()
    {
        (int compiled, int ended) = (0, 0);
        if (TestRun.IsLong)
            s_array.Sample(Judge, iter: 20_000, threads: 1);
        else
            for (uint stream = 0; stream < 800; stream++)
                Judge(s_array.Generate(new PCG(stream, 7), null, out _));
        Assert.True(compiled > 200, $"only {compiled} schemas compiled");
        Assert.True(ended >= compiled * 0.98, $"{ended} of {compiled} texts ended");

        void Judge((JsonNode Schema, int Seed) drawn)
        {
            string text = drawn.Schema.ToJsonString();
            JsonGrammar grammar;
            try
            {
                grammar = JsonGrammar.FromSchema(text, new() { PropertyOrder = (JsonPropertyOrder)(drawn.Seed % 2), MaxDigits = 3, MaxWhitespace = 1, Whitespace = (JsonWhitespace)(drawn.Seed % 3), MaxDepth = drawn.Seed % 5 == 0 ? 4 : 64 });
            }
            catch (GrammarException)
            {
                return; // fewer values than items
            }
            compiled++;
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            Dictionary<int, ulong[]> masks = [];
            string? instance;
            try
            {
                instance = RandomInstances.Draw(constraint, new Random(drawn.Seed), most: 250, each: c => Check(c, text, masks)) ?? RandomInstances.Close(constraint);
            }
            catch (InvalidOperationException)
            {
                throw new InvalidOperationException($"{text}\ncomes to a dead end after\n{Encoding.UTF8.GetString(constraint.Text)}");
            }
            if (instance is null)
                return;
            ended++;
            using JsonDocument value = JsonDocument.Parse(instance);
            using JsonDocument schema = JsonDocument.Parse(text);
            Assert.True(SchemaValidator.IsValid(schema.RootElement, value.RootElement), $"{text}\nadmits\n{instance}");
            while (constraint.AcceptedTokens > 0)
            {
                constraint.Rollback(1);
                if (masks.TryGetValue(constraint.AcceptedTokens, out ulong[]? mask))
                    Assert.Equal(mask, constraint.AllowedMask().ToArray());
            }
        }

        static void Check(JsonConstraint constraint, string schema, Dictionary<int, ulong[]> masks)
        {
            if (constraint.AcceptedTokens % 7 != 0)
                return;
            ulong[] mask = masks[constraint.AcceptedTokens] = constraint.AllowedMask().ToArray();
            for (int token = 0; token < constraint.VocabularySize; token++)
                Assert.True(constraint.IsAllowed(new LlamaToken(token)) == ((mask[token / 64] >> (token % 64) & 1) != 0),
                    $"{schema}\nafter {Encoding.UTF8.GetString(constraint.Text)} token '{Encoding.UTF8.GetString(RandomInstances.Vocabulary[new LlamaToken(token)])}'");
            Assert.Equal(mask, constraint.Clone().AllowedMask().ToArray());
        }
    }
}
