using System.Numerics.Tensors;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

public sealed class EmbeddingTests
{
    private static readonly EngineOptions s_options = new() { Context = new() { ContextSize = 512, Threads = 1, BatchThreads = 1, MicroBatchSize = 128, BatchSize = 128 } };

    [Theory]
    [InlineData("encoder")]
    [InlineData("llama-f32")]
    public async Task Texts_embedded_together_are_what_they_are_alone(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        await using LlamaEngine engine = LlamaEngine.Start(model, s_options);
        ReadOnlyMemory<LlamaToken>[] texts = [.. Enumerable.Range(1, 40).Select(i => (ReadOnlyMemory<LlamaToken>)Enumerable.Range(0, i).Select(j => new LlamaToken(10 + (i * 7 + j) % 80)).ToArray())];
        float[][] together = await engine.EmbedAsync(texts);
        for (int i = 0; i < texts.Length; i += 7)
        {
            float[] alone = (await engine.EmbedAsync([texts[i]]))[0];
            Assert.Equal(model.OutputEmbeddingSize, alone.Length);
            Assert.Equal(1, TensorPrimitives.Norm(alone), 1e-4f);
            Assert.True(TensorPrimitives.CosineSimilarity(alone, together[i]) > 0.999f);
        }
        Assert.True(TensorPrimitives.CosineSimilarity(together[0], together[^1]) < 0.999f);
        await Assert.ThrowsAsync<ArgumentException>(() => engine.EmbedAsync([new LlamaToken[129]]));
        await Assert.ThrowsAsync<NotSupportedException>(() => engine.RankAsync("a", ["b"]));
    }

    [Fact]
    public async Task A_reranker_scores_each_pair_and_cannot_generate()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf("ranker"));
        await using LlamaEngine engine = LlamaEngine.Start(model, s_options);
        Assert.False(engine.CanGenerate);
        Assert.Throws<NotSupportedException>(() => { engine.StreamAsync([new LlamaToken(5)]); });
        float[] scores = await engine.RankAsync("the query", ["one document", "another document of more words", "one document"]);
        Assert.Equal(scores[0], scores[2], 1e-3f);
        Assert.NotEqual(scores[0], scores[1]);
        Assert.Equal(scores[1], (await engine.RankAsync("the query", ["another document of more words"]))[0], 1e-3f);
        await Assert.ThrowsAsync<NotSupportedException>(() => engine.EmbedAsync([new LlamaToken[] { new(5) }]));
    }
}
