using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>What single steps hold, and what has happened when they are over.</summary>
public sealed class StepTests
{
    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, IgnoreEndOfGeneration = true, KeepInCache = false };
    private static readonly LlamaToken[] s_long = [.. Enumerable.Range(0, 600).Select(i => new LlamaToken(260 + i * 7 % 500))];

    private static LlamaEngine Start() => LlamaEngine.Start(Pocket.Model, new EngineOptions
    {
        Context = Pocket.Options with { ContextSize = 2048, FlashAttention = FlashAttention.Off },
        MaxSequences = 4,
        TokensPerStep = 32,
        StreamBuffer = 1024,
    });

    [Fact]
    public async Task Running_streams_get_a_token_in_every_step_while_a_long_prompt_is_computed()
    {
        await using LlamaEngine engine = Start();
        List<Look> looks = [];
        engine.Loop.StepObserver = () => looks.Add(Look.At(engine.Loop));
        await using TokenStream first = engine.StreamAsync(s_long.AsSpan(0, 20), s_greedy with { MaxTokens = 500 });
        await using TokenStream second = engine.StreamAsync(s_long.AsSpan(40, 30), s_greedy with { MaxTokens = 500 });
        Assert.True(await first.GetAsyncEnumerator().MoveNextAsync() && await second.GetAsyncEnumerator().MoveNextAsync());
        await engine.CompleteAsync(s_long, s_greedy with { MaxTokens = 2 });
        Look[] seen = await engine.Loop.Post(looks.ToArray);
        int steps = 0;
        foreach ((Look before, Look after) in seen.Zip(seen.Skip(1)).Where(pair => pair.Second.Prompt > 0))
        {
            steps++;
            Assert.InRange(after.Width, 3, 32);
            Assert.Equal(2, before.Streams.Count);
            foreach ((long number, int count) in before.Streams)
                Assert.Equal(count + 1, after.Streams[number]);
        }
        Assert.Equal(600 / 30, steps);
    }

    [Theory]
    [InlineData(1)]       // its prompt is being computed
    [InlineData(40)]      // it streams
    public async Task A_cancelled_request_is_gone_when_the_next_step_is_over_and_others_go_on(int after)
    {
        await using LlamaEngine engine = Start();
        using CancellationTokenSource source = new();
        List<int> running = [];
        int steps = 0, cells = 0;
        using ManualResetEventSlim both = new();
        Task<bool> held = engine.Loop.Post(() => both.Wait(TimeSpan.FromMinutes(1)));
        Task<Completion> cancelled = engine.CompleteAsync(s_long, s_greedy with { MaxTokens = 1000 }, source.Token), other = engine.CompleteAsync(s_long.AsSpan(50, 20), s_greedy with { MaxTokens = 100 });
        engine.Loop.StepObserver = () =>
        {
            if (engine.Loop.StepWidth == 0)
                return;
            if (++steps == after)
                source.Cancel();
            if (steps != after + 1)
                return;
            running.Add(engine.Loop.Scheduler.Running.Count);
            cells = engine.Loop.Cache.UsedCells;
        };
        both.Set();
        Assert.True(await held);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(100, (await other).Tokens.Count);
        Assert.Equal([1], running);
        Assert.InRange(cells, 1, 20 + after + 1);
    }

    [Fact]
    public async Task A_running_request_ends_when_its_time_is_over()
    {
        await using LlamaEngine engine = Start();
        engine.Loop.StepObserver = () => Thread.Sleep(1);
        TokenStream late = engine.StreamAsync(s_long.AsSpan(0, 20), s_greedy with { MaxTokens = 1900, Timeout = TimeSpan.FromMilliseconds(300) });
        Task<Completion> other = engine.CompleteAsync(s_long.AsSpan(0, 30), s_greedy with { MaxTokens = 5 });
        int tokens = 0;
        RequestException failure = await Assert.ThrowsAsync<RequestException>(async () =>
        {
            await foreach (Utf8Piece _ in late)
                tokens++;
        });
        Assert.Equal(RequestFailure.TimedOut, failure.Reason);
        Assert.InRange(tokens, 1, 1000);
        Assert.Equal(tokens, late.Usage.GeneratedTokens);
        Assert.Equal(5, (await other).Tokens.Count);
        Assert.Equal(0, (await engine.GetStatisticsAsync()).Running);
    }

    /// <summary>The engine after a step.</summary>
    /// <param name="Streams">How many tokens each stream has.</param>
    /// <param name="Prompt">How many tokens of the long prompt the step computed, 0 if none.</param>
    /// <param name="Width">Tokens of the step.</param>
    private sealed record Look(Dictionary<long, int> Streams, int Prompt, int Width)
    {
        internal static Look At(EngineLoop loop)
        {
            Dictionary<long, int> streams = [];
            int prompt = 0;
            for (int i = 0; i < loop.Scheduler.Running.Count; i++)
                if (loop.Scheduler.Running[i] is { PromptLength: 600 } newcomer)
                    prompt = newcomer.Computed <= 600 ? newcomer.Scheduled.Count : 0;
                else
                    streams.Add(loop.Scheduler.Running[i].Number, loop.Scheduler.Running[i].Count);
            return new Look(streams, prompt, loop.StepWidth);
        }
    }
}
