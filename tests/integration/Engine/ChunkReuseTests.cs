using System.Numerics.Tensors;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Documents that are moved in the cache, on models of random weights; what the moves should give is computed step by step on a context of its own.</summary>
public sealed class ChunkReuseTests
{
    private const int Recomputed = 5;

    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 6, IgnoreEndOfGeneration = true };
    private static readonly ContextOptions s_context = new() { ContextSize = 1024, Threads = 1, BatchThreads = 1, FlashAttention = FlashAttention.Off };
    private static readonly LlamaToken[] s_head = Tokens(1, 20), s_first = Tokens(2, 50), s_second = Tokens(3, 40), s_label = Tokens(4, 3), s_question = Tokens(5, 12);
    private static readonly LlamaToken[] s_prompt = [.. s_head, .. s_first, .. s_label, .. s_second, .. s_question];

    private static ChunkReuse Reuse(int recomputed = Recomputed) =>
        new([new(s_head.Length, s_first.Length, true), new(s_head.Length + s_first.Length + s_label.Length, s_second.Length, true)], recomputed);

    private static LlamaToken[] Tokens(int seed, int count) => [.. Enumerable.Range(0, count).Select(i => new LlamaToken(5 + (i * 7 + seed * 31) % 150))];

    private static LlamaEngine Start(LlamaModel model, FlashAttention attention = FlashAttention.Off) =>
        LlamaEngine.Start(model, new EngineOptions { Context = s_context with { FlashAttention = attention }, MaxSequences = 4, CachedSequences = 8 });

    [Theory]
    [InlineData("llama-f32", FlashAttention.Off)]
    [InlineData("llama-f32", FlashAttention.On)]
    [InlineData("mistral", FlashAttention.Off)]
    [InlineData("mistral", FlashAttention.On)]
    public async Task A_moved_document_has_the_cells_that_moving_it_by_hand_gives(string name, FlashAttention attention)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        await using LlamaEngine engine = Start(model, attention);
        EngineProbe probe = new(engine);
        await engine.WarmAsync([.. s_head, .. s_first]);
        await engine.WarmAsync([.. s_head, .. s_second]);
        Dictionary<int, float[]> logits = [];
        TokenStream stream = engine.Stream(s_prompt, s_greedy with { ChunkReuse = Reuse(), MaxTokens = 1 }, (index, row) => logits[index] = row, default);
        await foreach (Utf8Piece _ in stream)
        {
        }
        Assert.Equal(s_second.Length - Recomputed, stream.Usage.MovedTokens);
        Assert.Equal(s_head.Length + s_first.Length + s_second.Length - Recomputed, stream.Usage.CachedTokens);
        Assert.Equal(s_label.Length + Recomputed + s_question.Length, stream.Usage.ComputedTokens);
        probe.AssertAccounting();
        float[] expected = ByHand(model, attention), exact = Exact(model);
        Assert.True(Difference(expected, logits[s_prompt.Length - 1]) < 0.01f * (expected.Max() - expected.Min()), $"{Difference(expected, logits[s_prompt.Length - 1])}");
        Assert.True(Difference(exact, expected) > 3 * Difference(expected, logits[s_prompt.Length - 1]));
    }

    [Fact]
    public async Task Documents_of_a_prompt_are_moved_to_their_places_in_another_order()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = Start(model);
        EngineProbe probe = new(engine);
        await engine.CompleteAsync([.. s_head, .. s_second, .. s_label, .. s_first, .. s_question], s_greedy);
        Dictionary<int, float[]> logits = [];
        TokenStream stream = engine.Stream(s_prompt, s_greedy with { ChunkReuse = Reuse(), MaxTokens = 1 }, (index, row) => logits[index] = row, default);
        await foreach (Utf8Piece _ in stream)
        {
        }
        Assert.Equal(s_first.Length + s_second.Length - 2 * Recomputed, stream.Usage.MovedTokens);
        Assert.Equal(s_head.Length + stream.Usage.MovedTokens, stream.Usage.CachedTokens);
        probe.AssertAccounting();
        float[] expected = SwappedByHand(model);
        Assert.True(Difference(expected, logits[s_prompt.Length - 1]) < 0.01f * (expected.Max() - expected.Min()), $"{Difference(expected, logits[s_prompt.Length - 1])}");
    }

    [Fact]
    public async Task Of_several_places_of_a_document_the_nearest_is_taken()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        LlamaToken[] near = [.. s_head, .. Tokens(9, s_first.Length), .. s_second];
        float[]? first = null;
        foreach (LlamaToken[][] warm in new LlamaToken[][][] { [near], [near, [.. s_head, .. s_second]], [[.. s_head, .. s_second], near] })
        {
            await using LlamaEngine engine = Start(model);
            foreach (LlamaToken[] tokens in warm)
                await engine.WarmAsync(tokens);
            float[]? logits = null;
            TokenStream stream = engine.Stream(s_prompt, s_greedy with { ChunkReuse = Reuse(), MaxTokens = 1 }, (index, row) => logits = row, default);
            await foreach (Utf8Piece _ in stream)
            {
            }
            Assert.Equal(s_second.Length - Recomputed, stream.Usage.MovedTokens);
            first ??= logits;
            Assert.InRange(Difference(first!, logits!), 0, 1e-3f * (first!.Max() - first!.Min()));
        }
    }

    [Fact]
    public async Task Nothing_approximate_stays_for_others()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = Start(model), cold = Start(model);
        EngineProbe probe = new(engine);
        await engine.WarmAsync([.. s_head, .. s_second]);
        await engine.WarmAsync([.. s_head, .. s_first]);
        Completion moved = await engine.CompleteAsync(s_prompt, s_greedy with { ChunkReuse = Reuse() });
        Assert.True(moved.Usage.MovedTokens > 0);
        Completion exact = await engine.CompleteAsync(s_prompt, s_greedy);
        Assert.InRange(exact.Usage.CachedTokens, s_head.Length + s_first.Length, s_head.Length + s_first.Length + s_label.Length + Recomputed);
        Assert.Equal(0, exact.Usage.MovedTokens);
        Assert.Equal((await cold.CompleteAsync(s_prompt, s_greedy)).Tokens, exact.Tokens);
        await engine.ClearCacheAsync();
        EngineStatistics after = await engine.GetStatisticsAsync();
        Assert.Equal((0, 0), (after.UsedCells, after.CachedSequences));
        probe.AssertAccounting();
    }

    [Fact]
    public async Task Documents_of_another_namespace_are_not_taken()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = Start(model);
        await engine.WarmAsync([.. s_head, .. s_second], s_greedy with { Namespace = "one" });
        Completion other = await engine.CompleteAsync(s_prompt, s_greedy with { ChunkReuse = Reuse(), Namespace = "two", KeepInCache = false });
        Assert.Equal((0, 0), (other.Usage.MovedTokens, other.Usage.CachedTokens));
        Completion own = await engine.CompleteAsync(s_prompt, s_greedy with { ChunkReuse = Reuse(), Namespace = "one" });
        Assert.Equal(s_second.Length - Recomputed, own.Usage.MovedTokens);
    }

    [Fact]
    public async Task A_request_that_waits_for_moves_that_no_step_makes_is_computed_exactly()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = Start(model);
        await engine.WarmAsync([.. s_head, .. s_second]);
        await engine.Loop.Post(() =>
        {
            engine.Context.MarkShifted();
            return true;
        });
        Completion exact = await engine.CompleteAsync(s_prompt, s_greedy with { ChunkReuse = Reuse(), KeepInCache = false });
        Assert.Equal((6, 0), (exact.Tokens.Count, exact.Usage.MovedTokens));
        Completion moved = await engine.CompleteAsync(s_prompt, s_greedy with { ChunkReuse = Reuse() });
        Assert.Equal(s_second.Length - Recomputed, moved.Usage.MovedTokens);
    }

    [Fact]
    public async Task Many_at_once_cancelled_and_short_of_cells_keep_the_accounts()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = LlamaEngine.Start(model, new EngineOptions
        {
            Context = s_context with { ContextSize = 512 },
            MaxSequences = 4,
            CachedSequences = 6,
            ReservedTokens = 4,
            TokensPerStep = 40,
        });
        EngineProbe probe = new(engine);
        await engine.WarmAsync([.. s_head, .. s_first]);
        await engine.WarmAsync([.. s_head, .. s_second]);
        Random random = new(1);
        List<Task<Completion>> running = [];
        using CancellationTokenSource source = new();
        for (int i = 0; i < 24; i++)
            running.Add(engine.CompleteAsync(
                [.. s_prompt, .. Tokens(i, random.Next(1, 30))], s_greedy with { ChunkReuse = Reuse(random.Next(0, 45)), MaxTokens = random.Next(1, 60) }, i % 4 == 0 ? source.Token : default));
        await Task.WhenAny(running);
        source.Cancel();
        int moved = 0;
        foreach (Task<Completion> task in running)
        {
            try
            {
                RequestUsage usage = (await task).Usage;
                moved += usage.MovedTokens;
                Assert.Equal(usage.PromptTokens, usage.CachedTokens + usage.ComputedTokens);
            }
            catch (OperationCanceledException)
            {
                Assert.True(source.IsCancellationRequested, "nobody cancelled");
            }
        }
        Assert.True(moved > 0, "nothing was moved");
        await engine.ClearCacheAsync();
        Assert.Equal(0, (await engine.GetStatisticsAsync()).UsedCells);
        probe.AssertAccounting();
    }

    [Theory]
    [InlineData("llama-yarn")]
    [InlineData("recurrent")]
    [InlineData("hybrid-f32")]
    [InlineData("gemma2-f32")]
    public async Task Where_it_is_not_sound_the_engine_says_why_and_computes(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        await using LlamaEngine engine = Start(model), cold = Start(model);
        Assert.NotNull(await engine.WhyNotMoveAsync());
        await engine.WarmAsync([.. s_head, .. s_second]);
        Completion answer = await engine.CompleteAsync(s_prompt, s_greedy with { ChunkReuse = Reuse() });
        Assert.Equal(0, answer.Usage.MovedTokens);
        Assert.Equal((await cold.CompleteAsync(s_prompt, s_greedy)).Tokens, answer.Tokens);
    }

    [Fact]
    public async Task The_loss_is_measured()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = Start(model);
        Assert.Null(await engine.WhyNotMoveAsync());
        LlamaToken[] answer = [.. (await engine.CompleteAsync(s_prompt, s_greedy with { KeepInCache = false })).Tokens];
        ChunkLoss none = await engine.MeasureLossAsync(s_prompt, answer, Reuse());
        Assert.Equal((0, 1, answer.Length), (none.MovedTokens, none.Agreement, none.Tokens));
        Assert.InRange(none.Divergence, 0, 1e-6);
        await engine.WarmAsync([.. s_head, .. s_second]);
        ChunkLoss some = await engine.MeasureLossAsync(s_prompt, answer, Reuse());
        Assert.Equal(s_second.Length - Recomputed, some.MovedTokens);
        Assert.True(some.Divergence > 100 * none.Divergence && some.Divergence > 1e-9, $"{some.Divergence}");
        ChunkLoss whole = await engine.MeasureLossAsync(s_prompt, answer, Reuse(s_second.Length));
        Assert.Equal((0, 1), (whole.MovedTokens, whole.Agreement));
    }

    [Fact]
    public async Task Documents_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ChunkReuse([new(5, 10, true), new(14, 3, true)]));
        Assert.Throws<ArgumentException>(() => new ChunkReuse([new(-1, 10, true)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChunkReuse([], -1));
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = Start(model);
        await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(s_head, s_greedy with { ChunkReuse = Reuse() }));
    }

    private static float[] ByHand(LlamaModel model, FlashAttention attention)
    {
        using LlamaContext context = model.CreateContext(s_context with { MaxSequences = 2, UnifiedCache = true, FlashAttention = attention });
        Sequence moved = new(1);
        int start = s_head.Length + Recomputed, offset = s_first.Length + s_label.Length;
        context.Prefill(moved, [.. s_head, .. s_second]);
        context.Cache.Remove(moved, 0, start);
        context.Cache.Shift(moved, start, int.MaxValue, offset);
        context.Prefill(Sequence.Zero, [.. s_head, .. s_first, .. s_label, .. s_second[..Recomputed]]);
        context.Cache.Copy(moved, Sequence.Zero, start + offset);
        context.Prefill(Sequence.Zero, s_question);
        return context.Logits().ToArray();
    }

    /// <summary>The prompt from the cells of one in which its documents had each other's place.</summary>
    private static float[] SwappedByHand(LlamaModel model)
    {
        using LlamaContext context = model.CreateContext(s_context with { MaxSequences = 3, UnifiedCache = true });
        Sequence first = new(1), second = new(2);
        LlamaToken[] swapped = [.. s_head, .. s_second, .. s_label, .. s_first];
        int head = s_head.Length, secondAt = head + s_first.Length + s_label.Length, firstAt = head + s_second.Length + s_label.Length;
        context.Prefill(first, swapped);
        context.Prefill(second, swapped);
        context.Cache.Remove(first, 0, firstAt + Recomputed);
        context.Cache.Shift(first, firstAt + Recomputed, int.MaxValue, head - firstAt);
        context.Cache.Remove(second, head + s_second.Length);
        context.Cache.Remove(second, 0, head + Recomputed);
        context.Cache.Shift(second, head + Recomputed, int.MaxValue, secondAt - head);
        context.Prefill(Sequence.Zero, [.. s_head, .. s_first[..Recomputed]]);
        context.Cache.Copy(first, Sequence.Zero, head + Recomputed);
        context.Prefill(Sequence.Zero, [.. s_label, .. s_second[..Recomputed]]);
        context.Cache.Copy(second, Sequence.Zero, secondAt + Recomputed);
        context.Prefill(Sequence.Zero, s_question);
        return context.Logits().ToArray();
    }

    private static float[] Exact(LlamaModel model)
    {
        using LlamaContext context = model.CreateContext(s_context);
        context.Prefill(Sequence.Zero, s_prompt);
        return context.Logits().ToArray();
    }

    private static float Difference(float[] x, float[] y)
    {
        float[] difference = new float[x.Length];
        TensorPrimitives.Subtract(x, y, difference);
        return TensorPrimitives.MaxMagnitude(difference) is var most ? Math.Abs(most) : 0;
    }
}
