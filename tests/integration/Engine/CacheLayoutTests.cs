using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>A buffer for each sequence in place of one for all.</summary>
public sealed class CacheLayoutTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 8, IgnoreEndOfGeneration = true };

    [Theory]
    [InlineData(FlashAttention.Off)]
    [InlineData(FlashAttention.On)]
    public async Task What_prompts_have_in_common_is_copied(FlashAttention attention)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = LlamaEngine.Start(model, Options() with { Context = Context(1024) with { FlashAttention = attention } });
        EngineProbe probe = new(engine);
        LlamaToken[] prompt = Prompt(120);
        Completion first = await engine.CompleteAsync(prompt, s_greedy);
        LlamaToken[] turn = [.. prompt, .. first.Tokens, new(11), new(12)], other = [.. prompt[..80], new(200), new(201)];
        Completion[] answers = await Task.WhenAll(engine.CompleteAsync(turn, s_greedy), engine.CompleteAsync(other, s_greedy));
        Assert.Equal([127, 80], answers.Select(answer => answer.Usage.CachedTokens));
        await using LlamaEngine cold = LlamaEngine.Start(model, Options() with { Context = Context(1024) with { FlashAttention = attention } });
        Assert.Equal((await cold.CompleteAsync(turn, s_greedy)).Tokens, answers[0].Tokens);
        await cold.ClearCacheAsync();
        Assert.Equal((await cold.CompleteAsync(other, s_greedy)).Tokens, answers[1].Tokens);
        probe.AssertAccounting();
    }

    [Fact]
    public async Task A_prompt_that_is_being_computed_is_waited_for_and_copied_once()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = LlamaEngine.Start(model, Options() with { TokensPerStep = 32 });
        EngineProbe probe = new(engine);
        LlamaToken[] prompt = Prompt(200);
        Completion[] answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => engine.CompleteAsync([.. prompt, new(100 + i)], s_greedy)));
        Assert.Equal(203, answers.Sum(answer => answer.Usage.ComputedTokens));
        Completion[] samples = await engine.SampleAsync([new(120), .. Prompt(149)], 3, s_greedy);
        Assert.Equal(150, samples.Sum(sample => sample.Usage.ComputedTokens));
        Assert.Single(samples.Select(sample => string.Join(" ", sample.Tokens)).Distinct());
        probe.AssertAccounting();
    }

    [Fact]
    public async Task A_few_common_tokens_are_not_worth_a_copy()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = LlamaEngine.Start(model, Options() with { Context = Context(2048 * 8), MaxSequences = 4, CachedSequences = 4 });
        Assert.Equal(2048, engine.ContextSize);
        LlamaToken[] prompt = Prompt(40);
        await engine.CompleteAsync(prompt, s_greedy);
        Assert.Equal(0, (await engine.CompleteAsync([.. prompt[..7], new(200)], s_greedy)).Usage.CachedTokens);
        Assert.Equal(8, (await engine.CompleteAsync([.. prompt[..8], new(201)], s_greedy)).Usage.CachedTokens);
    }

    [Fact]
    public async Task Each_request_can_fill_its_part_and_no_more()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = LlamaEngine.Start(model, Options() with { Context = Context(512), MaxSequences = 2, CachedSequences = 0 });
        EngineProbe probe = new(engine);
        Assert.Equal(256, engine.ContextSize);
        ArgumentException tooLong = await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(Prompt(256), s_greedy));
        Assert.Contains("255", tooLong.Message);
        Completion[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            engine.CompleteAsync(Prompt(100 + i, step: 3 + i), s_greedy with { MaxTokens = 1000 })));
        Assert.All(answers, answer => Assert.Equal(FinishReason.Length, answer.FinishReason));
        Assert.Equal([157, 156, 155, 154], answers.Select(answer => answer.Tokens.Count));
        Assert.All(answers, answer => Assert.Equal(0, answer.Usage.Preemptions));
        Assert.Equal(2, probe.MostRunning);
        probe.AssertAccounting();
    }

    [Fact]
    public async Task Stored_sequences_come_back_and_another_layout_leaves_them_alone()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        List<string> warnings = [];
        EngineOptions options = Options() with { CacheFolder = _folder, Warning = warnings.Add };
        LlamaToken[] prompt = Prompt(200);
        LlamaToken[] expected;
        await using (LlamaEngine engine = LlamaEngine.Start(model, options))
            expected = [.. (await engine.CompleteAsync(prompt, s_greedy)).Tokens];
        await using (LlamaEngine unified = LlamaEngine.Start(model, options with { CacheLayout = CacheLayout.Unified }))
            Assert.Equal(0, (await unified.CompleteAsync(prompt, s_greedy)).Usage.CachedTokens);
        await using LlamaEngine again = LlamaEngine.Start(model, options);
        Completion answer = await again.CompleteAsync(prompt, s_greedy);
        Assert.InRange(answer.Usage.CachedTokens, 128, 199);
        Assert.Equal(expected, answer.Tokens);
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task A_capsule_says_the_layout()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        await using LlamaEngine engine = LlamaEngine.Start(model, Options());
        await engine.StartRecordingAsync();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => engine.CompleteAsync([.. Prompt(60 + i), new(150 + i)], s_greedy)));
        EngineCapsule capsule = await engine.StopRecordingAsync();
        ReplayResult result = await capsule.ReplayAsync(model);
        Assert.True(result.IsEqual, result.Difference?.ToString());
        Assert.Equal(48, result.Outputs);
    }

    [Fact]
    public async Task It_is_chosen_where_it_takes_nothing_away()
    {
        LlamaModel pocket = Pocket.Model;
        int trained = pocket.TrainedContextSize;
        EngineOptions options = new() { Context = Context(2 * trained), MaxSequences = 2, CachedSequences = 0 };
        Assert.Equal(CacheLayout.PerSequence, options.LayoutFor(pocket));
        Assert.Equal(CacheLayout.Unified, (options with { CachedSequences = 1 }).LayoutFor(pocket));
        Assert.Equal(CacheLayout.Unified, (options with { MaxSequences = 3 }).LayoutFor(pocket));
        Assert.Equal(CacheLayout.Unified, (options with { CacheLayout = CacheLayout.Unified }).LayoutFor(pocket));
        Assert.Equal(CacheLayout.Unified, new EngineOptions().LayoutFor(pocket));
        using LlamaModel recurrent = LlamaModel.Load(TestModels.Recurrent);
        Assert.Equal(CacheLayout.Unified, (options with { Context = Context(1 << 20) }).LayoutFor(recurrent));
        Assert.Throws<ArgumentException>(() => LlamaEngine.Start(recurrent, options with { CacheLayout = CacheLayout.PerSequence }));
        Assert.Throws<ArgumentOutOfRangeException>(() => LlamaEngine.Start(pocket, options with { CacheLayout = (CacheLayout)9 }));
        Assert.Throws<ArgumentException>(() => LlamaEngine.Start(pocket, options with { Context = Context(1024) with { UnifiedCache = false } }));
        await using LlamaEngine engine = LlamaEngine.Start(pocket, Options());
        Assert.Contains("CacheLayout", await engine.WhyNotMoveAsync());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LlamaToken[] Prompt(int length, int step = 7) => [.. Enumerable.Range(0, length).Select(i => new LlamaToken(5 + i * step % 90))];

    private static ContextOptions Context(int size) => new() { ContextSize = size, Threads = 1, BatchThreads = 1, FlashAttention = FlashAttention.Off };

    private static EngineOptions Options() => new() { Context = Context(8 * 256), MaxSequences = 4, CachedSequences = 4, CacheLayout = CacheLayout.PerSequence };
}
