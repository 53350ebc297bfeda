using System.Text.Json;
using LlamaSpan.TestSupport.Pocket;
using Xunit;

namespace LlamaSpan.IntegrationTests.Recipes;

public sealed class GraphExtractionTests
{
    private static LlamaEngine Start() => LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 2048, FlashAttention = FlashAttention.Off } });

    [Fact]
    public async Task A_text_becomes_the_graph_that_it_states()
    {
        await using LlamaEngine engine = Start();
        PocketPrompt[] prompts = [.. PocketFiles.Prompts().Where(prompt => prompt.Task == "graph")];
        int right = 0;
        foreach (PocketPrompt prompt in prompts)
        {
            string text = prompt.Messages[1].Content[GraphExtraction.InstructionText.Length..];
            JsonCompletion<KnowledgeGraph> answer = await engine.ExtractGraphAsync(text);
            AssertSound(answer, text);
            right += JsonElement.DeepEquals(JsonDocument.Parse(prompt.Answer).RootElement, JsonDocument.Parse(answer.Text).RootElement) ? 1 : 0;
        }
        Assert.True(right >= 0.6 * prompts.Length, $"{right} of {prompts.Length}");
    }

    [Fact]
    public async Task At_any_temperature_labels_stand_in_the_text_and_edges_join_nodes()
    {
        await using LlamaEngine engine = Start();
        const string Text = "Sven works at Modcairin Robotics. Sven's manager is \"Nimi\" Shiangeixza of Zürich.";
        string[] types = ["person", "company"], relations = ["works_at", "manager_of"];
        for (ulong seed = 0; seed < 12; seed++)
        {
            GraphOptions options = new() { NodeTypes = types, Relations = relations, MaxNodes = 5, MaxEdges = 4 };
            options = options with { Request = options.Request with { Sampling = new() { Temperature = 2, TopK = 0, TopP = 1, MinP = 0, Seed = seed }, MaxTokens = 250 } };
            JsonCompletion<KnowledgeGraph> answer = await engine.ExtractGraphAsync(Text, options);
            AssertSound(answer, Text);
            Assert.InRange(answer.Value!.Nodes.Count, 1, 5);
            Assert.InRange(answer.Value.Edges.Count, 0, 4);
            Assert.All(answer.Value.Nodes, node => Assert.Contains(node.Type, types));
            Assert.All(answer.Value.Edges, edge => Assert.Contains(edge.Relation, relations));
        }
    }

    [Fact]
    public async Task Bad_options_and_texts_are_refused()
    {
        await using LlamaEngine engine = Start();
        await Assert.ThrowsAsync<ArgumentException>(() => engine.ExtractGraphAsync(""));
        Assert.Throws<ArgumentException>(() => new GraphOptions { NodeTypes = [""] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GraphOptions { MaxNodes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GraphOptions { MaxEdges = 10_000 });
    }

    private static void AssertSound(JsonCompletion<KnowledgeGraph> answer, string text)
    {
        Assert.True(answer.IsComplete, answer.Text);
        KnowledgeGraph graph = answer;
        HashSet<string> ids = [.. graph.Nodes.Select(node => node.Id)];
        Assert.All(graph.Nodes, node => Assert.Contains(node.Label, text, StringComparison.Ordinal));
        Assert.All(graph.Edges, edge => Assert.True(ids.Contains(edge.Source) && ids.Contains(edge.Target), answer.Text));
    }
}
