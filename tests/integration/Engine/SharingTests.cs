using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>What requests take from each other, and what stays for later ones.</summary>
public sealed class SharingTests
{
    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 4, IgnoreEndOfGeneration = true };

    private static LlamaEngine Start(EngineOptions options, int contextSize) => LlamaEngine.Start(
        Pocket.Model, options with { Context = Pocket.Options with { ContextSize = contextSize, FlashAttention = FlashAttention.Off } });

    private static LlamaToken[] Prompt(int number, int length = 150) => [new(300 + number), .. Enumerable.Range(1, length - 1).Select(i => new LlamaToken(260 + (number * 37 + i * 11) % 500))];

    [Fact]
    public async Task A_request_takes_its_prompt_from_one_that_still_runs()
    {
        await using LlamaEngine engine = Start(new EngineOptions { CachedSequences = 0 }, 2048);      // nothing but running requests has cells
        await using TokenStream running = engine.StreamAsync(Prompt(1), s_greedy with { MaxTokens = 1800 });
        Assert.True(await running.GetAsyncEnumerator().MoveNextAsync());
        Completion second = await engine.CompleteAsync([.. Prompt(1), new(299)], s_greedy), third = await engine.CompleteAsync([.. Prompt(1)[..90], new(298)], s_greedy);
        Completion stranger = await engine.CompleteAsync(Prompt(1), s_greedy with { Namespace = "other" });
        Assert.Equal([150, 90, 0], new[] { second, third, stranger }.Select(answer => answer.Usage.CachedTokens));
        Assert.Equal(FinishReason.None, running.FinishReason);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(8, true)]
    public async Task What_is_used_often_outlives_what_came_later(int uses, bool stays)
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 2 }, 512);
        for (int i = 0; i < uses; i++)
            await engine.CompleteAsync(Prompt(1), s_greedy);
        for (int i = 2; i < 6; i++)
            await engine.CompleteAsync(Prompt(i), s_greedy);
        Assert.Equal(stays, (await engine.ExplainAsync(Prompt(1))).MatchedTokens >= 149);
        Assert.Equal(150, (await engine.ExplainAsync(Prompt(5))).MatchedTokens);
        Assert.InRange((await engine.ExplainAsync(Prompt(2))).MatchedTokens, 0, 148);
    }

    [Fact]
    public async Task More_samples_than_run_at_once_compute_their_prompt_once_too()
    {
        RequestOptions options = s_greedy with { Sampling = new SamplingOptions { Seed = 3, Temperature = 2 }, MaxTokens = 15 };
        await using LlamaEngine few = Start(new EngineOptions { MaxSequences = 3 }, 2048), many = Start(new EngineOptions(), 2048);
        Completion[] samples = await few.SampleAsync(Prompt(1), 8, options), expected = await many.SampleAsync(Prompt(1), 8, options);
        Assert.Equal(expected.Select(sample => sample.Text), samples.Select(sample => sample.Text));
        Assert.InRange(samples.Sum(sample => sample.Usage.ComputedTokens), 150, 150 + 7);      // one that comes later computes the last token itself
    }

    [Fact]
    public async Task Where_nothing_can_be_pinned_any_more_the_caller_is_told_and_nothing_is_lost()
    {
        await using LlamaEngine engine = Start(new EngineOptions { CachedSequences = 2 }, 2048);
        PinnedPrefix first = await engine.PinAsync(Prompt(1)), second = await engine.PinAsync(Prompt(2));
        RequestException refused = await Assert.ThrowsAsync<RequestException>(() => engine.PinAsync(Prompt(3)));
        Assert.Equal(RequestFailure.TooManyPins, refused.Reason);
        Assert.Contains("CachedSequences", refused.Message);
        await first.DisposeAsync();
        await using PinnedPrefix third = await engine.PinAsync(Prompt(3));
        foreach (int number in new[] { 2, 3 })
            Assert.Equal(149, (await engine.CompleteAsync(Prompt(number), s_greedy)).Usage.CachedTokens);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task A_miss_is_explained_where_nothing_differs_or_nothing_is_there()
    {
        await using LlamaEngine engine = Start(new EngineOptions(), 2048);
        PrefixMiss empty = await engine.ExplainAsync(Prompt(1));
        Assert.Equal((0, Prompt(1)[0]), (empty.MatchedTokens, empty.Wanted));
        await engine.WarmAsync(Prompt(1));
        PrefixMiss whole = await engine.ExplainAsync(Prompt(1)), longer = await engine.ExplainAsync((LlamaToken[])[.. Prompt(1), new(299)]);
        Assert.Equal((150, LlamaToken.None), (whole.MatchedTokens, whole.Wanted));
        Assert.Equal((150, new LlamaToken(299)), (longer.MatchedTokens, longer.Wanted));
        Assert.All(new[] { empty, whole, longer }, miss => Assert.Empty(miss.Cached));
        Assert.Equal(0, (await engine.ExplainAsync(Prompt(1), "other")).MatchedTokens);
    }
}
