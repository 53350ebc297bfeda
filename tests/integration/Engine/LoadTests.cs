using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Queues, cancellation, slow consumers, limits.</summary>
public sealed class LoadTests
{
    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("Where is Velmora Optics based?");
    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 20, IgnoreEndOfGeneration = true };

    private static LlamaEngine Start(EngineOptions options, int contextSize) => LlamaEngine.Start(
        Pocket.Model, options with { Context = Pocket.Options with { ContextSize = contextSize, FlashAttention = FlashAttention.Off } });

    [Fact]
    public async Task Cancelled_requests_leave_nothing()
    {
        int count = TestRun.IsLong ? 10_000 : 1_500;
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 8, MaxWaiting = count }, 2048);
        EngineProbe probe = new(engine);
        Random random = new(1);
        Task[] tasks = new Task[count];
        for (int i = 0; i < count; i++)
        {
            using CancellationTokenSource source = new();
            LlamaToken[] prompt = [.. s_prompt.AsSpan(0, random.Next(1, s_prompt.Length)), new(300 + i % 100)];
            tasks[i] = engine.CompleteAsync(prompt, s_greedy with { MaxTokens = 500 }, source.Token);
            if (random.Next(20) == 0)
                await Task.Delay(1);
            source.Cancel();
        }
        foreach (Task task in tasks)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        await engine.ClearCacheAsync();
        EngineStatistics after = await engine.GetStatisticsAsync();
        Assert.Equal((0, 0, 0, 0, 0L), (after.Running, after.Waiting, after.UsedCells, after.CachedSequences, after.SavedBytes));
        Assert.Equal(20, (await engine.CompleteAsync(s_prompt, s_greedy)).Tokens.Count);
        probe.AssertAccounting();
    }

    [Fact]
    public async Task A_request_that_is_cancelled_while_it_is_handed_in_is_not_answered()
    {
        await using LlamaEngine engine = Start(new EngineOptions(), 512);
        CompletionSink sink = new();
        GenerationRequest request = new(s_prompt, s_greedy, sink, Pocket.Model.Vocabulary, 0, engine.ContextSize);
        request.Cancel(engine.Loop);
        await engine.Loop.Post(() => true);      // the engine has looked for it, and it was not there yet
        engine.Loop.Submit([request], CancellationToken.None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sink.Task);
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_a_late_request_fails()
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 1, MaxWaiting = 2 }, 2048);
        await using TokenStream running = engine.StreamAsync(s_prompt, s_greedy with { MaxTokens = 1500 });
        Assert.True(await running.GetAsyncEnumerator().MoveNextAsync());
        Task<Completion> late = engine.CompleteAsync(s_prompt, s_greedy with { Timeout = TimeSpan.FromMilliseconds(50) });
        Task<Completion> waiting = engine.CompleteAsync(s_prompt, s_greedy);
        Assert.Equal(RequestFailure.QueueFull, Assert.Throws<RequestException>(() => { engine.StreamAsync(s_prompt, s_greedy); }).Reason);
        Assert.Equal(RequestFailure.TimedOut, (await Assert.ThrowsAsync<RequestException>(() => late)).Reason);
        await running.DisposeAsync();
        Assert.Equal(20, (await waiting).Tokens.Count);
    }

    [Fact]
    public async Task A_consumer_that_does_not_read_stops_nobody_and_gets_its_text_later()
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 3, StreamBuffer = 4 }, 512);
        TokenStream[] slow = [.. Enumerable.Range(0, 2).Select(_ => engine.StreamAsync(s_prompt, s_greedy with { MaxTokens = 100 }))];
        for (int i = 0; i < 6; i++)      // each needs the cells that the sleepers hold
            Assert.Equal(150, (await engine.CompleteAsync([.. s_prompt, new(300 + i)], s_greedy with { MaxTokens = 150, KeepInCache = false })).Tokens.Count);
        List<LlamaToken>[] texts = await Task.WhenAll(slow.Select(Read));
        Assert.Equal(100, texts[0].Count);
        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public async Task A_high_priority_overtakes_and_a_low_one_is_served_at_last()
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 1 }, 2048);
        List<int> order = [];
        Task<Completion> first = engine.CompleteAsync(s_prompt, s_greedy with { MaxTokens = 200 });
        Task[] others = [.. new[] { 0, -1, 2, 1 }.Select(async priority =>
        {
            await engine.CompleteAsync(s_prompt, s_greedy with { Priority = priority });
            lock (order)
                order.Add(priority);
        })];
        await Task.WhenAll([first, .. others]);
        Assert.Equal([2, 1, 0, -1], order);
    }

    [Fact]
    public async Task A_tenant_that_floods_the_queue_does_not_starve_another()
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 2 }, 2048);
        List<string> order = [];
        List<Task> tasks = [];
        using ManualResetEventSlim all = new();
        Task<bool> held = engine.Loop.Post(() => all.Wait(TimeSpan.FromMinutes(1)));      // until all have come
        foreach (string name in Enumerable.Repeat("flood", 40).Append("late").Append("late").Append("late").Append("other"))
            tasks.Add(Ask(name));
        all.Set();
        await Task.WhenAll([held, .. tasks]);
        Assert.InRange(order.IndexOf("other"), 0, 6);
        Assert.InRange(order.LastIndexOf("late"), 3, 12);

        async Task Ask(string name)
        {
            await engine.CompleteAsync(s_prompt, s_greedy with { Namespace = name });
            lock (order)
                order.Add(name);
        }
    }

    [Fact]
    public async Task A_request_that_outgrows_the_cache_ends_with_length_or_says_that_pins_are_in_its_way()
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 2 }, 256);
        Completion whole = await engine.CompleteAsync(s_prompt, s_greedy with { MaxTokens = 10_000 });
        Assert.Equal(FinishReason.Length, whole.FinishReason);
        Assert.Equal(256 + 1, s_prompt.Length + whole.Tokens.Count);
        await using PinnedPrefix pinned = await engine.PinAsync([.. Enumerable.Range(300, 150).Select(i => new LlamaToken(i))]);
        RequestException tooSmall = await Assert.ThrowsAsync<RequestException>(() => engine.CompleteAsync(s_prompt, s_greedy));
        Assert.Equal(RequestFailure.CacheTooSmall, tooSmall.Reason);
    }

    [Fact]
    public async Task Two_hundred_and_fifty_sequences_run_at_once()
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 250, CachedSequences = 5, ReservedTokens = 4 }, 8192);
        EngineProbe probe = new(engine);
        RequestOptions options = s_greedy with { MaxTokens = 24 };
        await engine.WarmAsync(s_prompt);
        using ManualResetEventSlim all = new();
        Task<bool> held = engine.Loop.Post(() => all.Wait(TimeSpan.FromMinutes(1)));      // until all have come
        Task<Completion>[] tasks = [.. Enumerable.Range(0, 250).Select(i => engine.CompleteAsync([.. s_prompt, new(300 + i)], options))];
        all.Set();
        Assert.True(await held);
        Completion[] answers = await Task.WhenAll(tasks);
        Assert.All(answers, answer => Assert.Equal(24, answer.Tokens.Count));
        Assert.Equal((250, 256), (probe.MostRunning, engine.Context.MaxSequences));
        probe.AssertAccounting();
    }

    private static async Task<List<LlamaToken>> Read(TokenStream stream)
    {
        List<LlamaToken> tokens = [];
        await foreach (Utf8Piece piece in stream)
            if (piece.Token.Exists)
                tokens.Add(piece.Token);
        return tokens;
    }

    [Fact]
    public async Task A_consumer_that_reads_while_a_step_is_planned_loses_nothing()
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options });
        RestlessSink sink = new(engine.Loop);
        engine.Loop.Submit([new GenerationRequest(s_prompt, s_greedy with { MaxTokens = 40 }, sink, Pocket.Model.Vocabulary, 0, engine.ContextSize)], CancellationToken.None);
        Assert.Equal((FinishReason.Length, 40), await sink.End);
    }

    /// <summary>Full at every other look: its consumer reads between two looks.</summary>
    private sealed class RestlessSink(EngineLoop loop) : RequestSink
    {
        private readonly TaskCompletionSource<(FinishReason, int)> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _full;

        internal Task<(FinishReason Reason, int Tokens)> End => _end.Task;

        internal override bool IsFull
        {
            get
            {
                _full = !_full;
                if (_full)
                    loop.Wake();
                return _full;
            }
        }

        internal override void Complete(EngineRequest request) => _end.SetResult((request.FinishReason, request.Usage.GeneratedTokens));

        internal override void Fail(EngineRequest request, Exception error) => _end.SetException(error);
    }
}
