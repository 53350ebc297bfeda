using System.Diagnostics;
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
        RequestResults<float[]> together = await engine.EmbedAsync(texts);
        for (int i = 0; i < texts.Length; i += 7)
        {
            float[] alone = (await engine.EmbedAsync([texts[i]]))[0];
            Assert.Equal(model.OutputEmbeddingSize, alone.Length);
            Assert.Equal(1, TensorPrimitives.Norm(alone), 1e-4f);
            Assert.True(TensorPrimitives.CosineSimilarity(alone, together[i]) > 0.999f);
        }
        Assert.Equal((40 * 41 / 2, 0, 40 * 41 / 2), (together.Usage.PromptTokens, together.Usage.CachedTokens, together.Usage.ComputedTokens));
        Assert.True(TensorPrimitives.CosineSimilarity(together[0], together[^1]) < 0.999f);
        await Assert.ThrowsAsync<ArgumentException>(() => engine.EmbedAsync([new LlamaToken[129]]));
        await Assert.ThrowsAsync<NotSupportedException>(() => engine.RankAsync("a", ["b"]));
    }

    [Fact]
    public async Task A_reranker_scores_each_pair_and_cannot_generate()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Ranker);
        await using LlamaEngine engine = LlamaEngine.Start(model, s_options);
        Assert.False(engine.CanGenerate);
        Assert.Throws<NotSupportedException>(() => { engine.StreamAsync([new LlamaToken(5)]); });
        RequestResults<float> scores = await engine.RankAsync("the query", ["one document", "another document of more words", "one document"]);
        Assert.Equal(scores[0], scores[2], 1e-3f);
        Assert.NotEqual(scores[0], scores[1]);
        Assert.Equal(scores[1], (await engine.RankAsync("the query", ["another document of more words"]))[0], 1e-3f);
        await Assert.ThrowsAsync<NotSupportedException>(() => engine.EmbedAsync([new LlamaToken[] { new(5) }]));
        Assert.Equal("documents", (await Assert.ThrowsAsync<ArgumentException>(() => engine.RankAsync("the query", ["one document", null!]))).ParamName);
    }

    [Fact]
    public async Task Usage_adds_up_the_texts_and_spans_their_times()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Ranker);
        await using LlamaEngine engine = LlamaEngine.Start(model, s_options);
        long decoded = 0;
        engine.Embedding().Context.Interposer = call =>
        {
            decoded++;
            Thread.Sleep(20);
            return call();
        };
        string[] documents = [.. Enumerable.Range(1, 12).Select(i => string.Concat(Enumerable.Repeat("word ", i)))];
        RequestResults<float> one = await engine.RankAsync("the query", [documents[3]]), same = await engine.RankAsync("the query", [documents[3], documents[3]]);
        Assert.True(one.Usage.PromptTokens > 4);
        Assert.Equal(new RequestUsage(one.Usage.PromptTokens, 0, one.Usage.PromptTokens, 0, 0, 0, 0, 0, one.Usage.QueueTime, one.Usage.PrefillTime, TimeSpan.Zero), one.Usage);
        Assert.Equal(2 * one.Usage.PromptTokens, same.Usage.ComputedTokens);
        decoded = 0;
        long start = Stopwatch.GetTimestamp();
        RequestUsage all = (await engine.RankAsync("the query", documents)).Usage;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Assert.True(decoded > 1);      // the last texts wait, which is no time of the queue of them all
        Assert.InRange(all.PrefillTime, TimeSpan.FromMilliseconds(20 * decoded), elapsed);
        Assert.InRange(all.QueueTime, TimeSpan.Zero, elapsed - all.PrefillTime);
        Assert.Equal(default, (await engine.RankAsync("the query", [])).Usage);
    }

    [Theory]
    [InlineData("encoder")]
    [InlineData("llama-f32")]
    public async Task A_text_that_fails_fails_alone(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        await using LlamaEngine engine = LlamaEngine.Start(model, s_options);
        ReadOnlyMemory<LlamaToken>[] texts = [.. Enumerable.Range(1, 12).Select(i => (ReadOnlyMemory<LlamaToken>)Enumerable.Range(0, i).Select(j => new LlamaToken(10 + j)).ToArray())];
        RequestResults<float[]> expected = await engine.EmbedAsync(texts);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.EmbedAsync([texts[0], new LlamaToken[] { new(model.Vocabulary.Size) }]));
        int calls = 0;
        foreach (int status in new[] { 1, 2, -1, -3 })
        {
            engine.Embedding().Context.Interposer = call => calls++ == 0 ? status : call();      // the first is of several texts
            calls = 0;
            RequestResults<float[]> together = await engine.EmbedAsync(texts);
            Assert.True(calls > 1);
            foreach ((float[] one, float[] other) in expected.Zip(together))
                Assert.True(TensorPrimitives.CosineSimilarity(one, other) > 0.999f);
        }
        engine.Embedding().Context.Interposer = _ => -3;
        Assert.Equal(DecodeFailure.Failed, (await Assert.ThrowsAsync<DecodeException>(() => engine.EmbedAsync(texts))).Reason);
        engine.Embedding().Context.Interposer = null;
        Assert.Equal(12, (await engine.EmbedAsync(texts)).Count);
    }

    [Fact]
    public async Task Texts_that_wait_are_given_up_when_cancelled_and_fail_when_the_engine_is_disposed()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Encoder);
        LlamaEngine engine = LlamaEngine.Start(model, s_options);
        using ManualResetEventSlim gate = new();
        engine.Embedding().Context.Interposer = call =>
        {
            gate.Wait(TimeSpan.FromMinutes(1));
            return call();
        };
        using CancellationTokenSource source = new();
        Task<RequestResults<float[]>> first = engine.EmbedAsync([new LlamaToken[] { new(10) }]), cancelled = engine.EmbedAsync([new LlamaToken[128]], source.Token), last = engine.EmbedAsync([new LlamaToken[128]]);
        source.Cancel();
        Task disposal = Task.Run(async () => await engine.DisposeAsync());
        await Task.Delay(20, TestContext.Current.CancellationToken);
        gate.Set();
        await disposal;
        foreach (Task<RequestResults<float[]>> task in new[] { first, cancelled, last })
            await Task.WhenAny(task);
        Assert.True(cancelled.IsCanceled || cancelled.Exception?.InnerException is RequestException { Reason: RequestFailure.EngineStopped });
        Assert.True(last.IsCompletedSuccessfully || last.Exception?.InnerException is RequestException { Reason: RequestFailure.EngineStopped });
        Assert.Equal(RequestFailure.EngineStopped, (await Assert.ThrowsAsync<RequestException>(() => engine.EmbedAsync([new LlamaToken[1]]))).Reason);
    }
}
