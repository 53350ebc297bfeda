using System.Text;
using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>Strings that must repeat a value generated before: a graph's edges join nodes that there are.</summary>
public class RepeatedValuesTests
{
    private const string Graph = """
        {"type":"object","properties":{
          "nodes":{"type":"array","minItems":1,"maxItems":4,"items":{"type":"object","properties":{"id":{"type":"string","maxLength":4},"label":{"type":"string","maxLength":4}},"required":["id","label"],"additionalProperties":false}},
          "edges":{"type":"array","maxItems":4,"items":{"type":"object","properties":{"source":{"type":"string","x-grounded":{"values":"/nodes/*/id"}},"target":{"type":["string","null"],"x-grounded":{"values":"/nodes/*/id"}}},"required":["source","target"],"additionalProperties":false}},
          "main":{"type":"string","x-grounded":{"values":"/nodes/*/label"}}},
         "required":["nodes","edges","main"],"additionalProperties":false}
        """;

    private static readonly JsonGrammar s_graph = JsonGrammar.FromSchema(Graph, new() { MaxWhitespace = 1 });

    [Fact]
    public void Drawn_edges_join_drawn_nodes_and_every_mask_is_right()
    {
        var random = new Random(5);
        int edges = 0;
        for (int i = 0; i < 80; i++)
        {
            JsonConstraint constraint = s_graph.CreateConstraint(RandomInstances.Vocabulary);
            string? json = RandomInstances.Draw(constraint, random, each: i < 12 ? Check : null);
            Assert.NotNull(json);
            Assert.True(s_graph.IsValid(Encoding.UTF8.GetBytes(json)));
            JsonElement graph = JsonDocument.Parse(json).RootElement;
            string?[] ids = [.. graph.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("id").GetString())];
            foreach (JsonElement edge in graph.GetProperty("edges").EnumerateArray())
            {
                edges++;
                Assert.Contains(edge.GetProperty("source").GetString(), ids);
                Assert.Contains(edge.GetProperty("target").GetString(), ids.Append(null));
            }
            Assert.Contains(graph.GetProperty("main").GetString(), graph.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("label").GetString()));
        }
        Assert.True(edges > 10);

        static void Check(JsonConstraint constraint)
        {
            ulong[] mask = constraint.AllowedMask().ToArray();
            for (int token = 0; token < constraint.VocabularySize; token++)
                Assert.Equal(constraint.IsAllowed(new LlamaToken(token)), (mask[token / 64] >> (token % 64) & 1) != 0);
            using var tokens = new ArrayPoolBufferWriter<LlamaToken>();
            int before = constraint.AcceptedTokens;
            Assert.True(constraint.ClosingTokens(tokens) >= 0);
            foreach (LlamaToken token in tokens.WrittenSpan)
                constraint.Accept(token);
            Assert.True(constraint.IsComplete);
            constraint.Rollback(constraint.AcceptedTokens - before);
            Assert.Equal(mask, constraint.AllowedMask().ToArray());
            Assert.Equal(mask, constraint.Clone().AllowedMask().ToArray());
        }
    }

    [Theory]
    [InlineData("""{"nodes":[{"id":"a","label":"x"},{"id":"é\"","label":"y"}],"edges":[{"source":"a","target":"é\""},{"source":"é\"","target":null}],"main":"y"}""", true)]
    [InlineData("""{"nodes":[{"id":"a","label":"x"}],"edges":[{"source":"b","target":"a"}],"main":"x"}""", false)]
    [InlineData("""{"nodes":[{"id":"a","label":"x"}],"edges":[{"source":"x","target":"a"}],"main":"x"}""", false)]
    [InlineData("""{"nodes":[{"id":"ab","label":"x"}],"edges":[{"source":"a","target":"ab"}],"main":"x"}""", false)]
    [InlineData("""{"nodes":[{"id":"a","label":"x"}],"edges":[],"main":"a"}""", false)]
    public void Only_values_at_the_place_are_admitted(string json, bool admitted) =>
        Assert.Equal(admitted, s_graph.IsValid(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void After_rollback_other_values_count()
    {
        JsonConstraint constraint = s_graph.CreateConstraint(RandomInstances.Vocabulary);
        foreach (char id in "abca")
        {
            foreach (byte b in Encoding.UTF8.GetBytes($$"""{"nodes":[{"id":"{{id}}","label":"x"}],"edges":[{"source":""" + "\""))
                constraint.Accept(new LlamaToken(b));
            for (char c = 'a'; c <= 'd'; c++)
                Assert.Equal(c == id, (constraint.AllowedMask()[c / 64] >> (c % 64) & 1) != 0);
            constraint.Reset();
        }
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"e":{"x-grounded":{"values":"/n/*"}},"n":{"type":"array","minItems":1,"items":{"type":"string"}}},"required":["n"]}""")]
    [InlineData("""{"type":"object","properties":{"n":{"type":"array","items":{"type":"string"}},"e":{"x-grounded":{"values":"/n/*"}}},"required":["n"]}""")]
    [InlineData("""{"type":"object","properties":{"n":{"type":"array","minItems":1,"items":{"type":"string"}},"e":{"x-grounded":{"values":"/n/*"}}}}""")]
    [InlineData("""{"type":"object","properties":{"n":{"type":"array","minItems":1,"items":{"type":"integer"}},"e":{"x-grounded":{"values":"/n/*"}}},"required":["n"]}""")]
    [InlineData("""{"type":"object","properties":{"n":{"type":"array","minItems":1,"items":{"type":"string"}},"e":{"x-grounded":{"values":"n"}}},"required":["n"]}""")]
    [InlineData("""{"type":"string","x-grounded":{"values":"/n"}}""")]
    public void Refuses_a_place_that_may_hold_nothing(string schema) =>
        Assert.Equal("x-grounded", Assert.Throws<GrammarException>(() => JsonGrammar.FromSchema(schema)).Keyword);
}
