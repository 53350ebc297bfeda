using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>A second model guesses ahead: answers stay what they are, and are given in fewer steps.</summary>
public sealed class DraftModelTests
{
    private static readonly ContextOptions s_context = Pocket.Options with { ContextSize = 2048, FlashAttention = FlashAttention.Off };
    private static readonly string[] s_questions = ["Where is Velmora Optics based?", "How much does the Brillo kettle cost?", "When was Velmora Optics founded?", "What color is the Brillo kettle?"];

    [Theory]
    [InlineData(0f, false)]
    [InlineData(0.7f, false)]
    [InlineData(1.5f, false)]
    [InlineData(0.7f, true)]
    public async Task A_model_that_guesses_for_itself_is_right_and_saves_steps(float temperature, bool penalties)
    {
        SamplingOptions sampling = new() { Temperature = temperature, Seed = 5, RepetitionPenalty = penalties ? 1.3f : 1, DryMultiplier = penalties ? 0.5f : 0 };
        RequestOptions options = new() { Sampling = sampling, MaxTokens = 50, IgnoreEndOfGeneration = true };
        await using LlamaEngine plain = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = s_context });
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, Drafting(Pocket.Model));
        Guess(engine, 6);
        EngineProbe probe = new(engine);
        int speculated = 0, accepted = 0;
        foreach (string question in s_questions)
        {
            int before = probe.Steps;
            RequestUsage usage = await AssertSameUpToTies(plain, engine, Pocket.Prompt(question), options);
            Assert.True(probe.Steps - before < 25, $"{probe.Steps - before} steps for {usage.GeneratedTokens} tokens");
            (speculated, accepted) = (speculated + usage.SpeculatedTokens, accepted + usage.AcceptedTokens);
        }
        Assert.True(accepted >= speculated * 0.97, $"{accepted} of {speculated} accepted");      // but for ties
        probe.AssertAccounting();
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.8f)]
    public async Task Requests_that_run_together_are_guessed_for_together(float temperature)
    {
        RequestOptions options = new() { Sampling = new SamplingOptions { Temperature = temperature, Seed = 9 }, MaxTokens = 40, IgnoreEndOfGeneration = true };
        await using LlamaEngine plain = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = s_context });
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, Drafting(Pocket.Model));
        Guess(engine, 4);
        EngineProbe probe = new(engine);
        Completion[] expected = await Task.WhenAll(s_questions.Select(question => plain.CompleteAsync(Pocket.Prompt(question), options)));
        Completion[] answers = await Task.WhenAll(s_questions.Select(question => engine.CompleteAsync(Pocket.Prompt(question), options)));
        Assert.Equal(expected.Select(answer => answer.Text), answers.Select(answer => answer.Text));
        Assert.All(answers, answer => Assert.True(answer.Usage.AcceptedTokens > 20, $"{answer.Usage.AcceptedTokens} accepted"));
        Completion[] samples = await engine.SampleAsync(Pocket.Prompt(s_questions[0]), 3, options);
        Completion[] plainSamples = await plain.SampleAsync(Pocket.Prompt(s_questions[0]), 3, options);
        Assert.Equal(plainSamples.Select(sample => sample.Text), samples.Select(sample => sample.Text));
        probe.AssertAccounting();
        await AssertDraftIsEmpty(engine);
    }

    [Fact]
    public async Task Guesses_keep_to_a_constraint()
    {
        await using LlamaEngine plain = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = s_context });
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, Drafting(Pocket.Model));
        Guess(engine, 5);
        foreach (bool fastForward in new[] { false, true })
            foreach (float temperature in new[] { 0f, 1f })
            {
                RequestOptions options = new() { Sampling = new() { Temperature = temperature, Seed = 3 }, MaxTokens = 100, FastForward = fastForward, CloseAtLimit = true };
                JsonCompletion<Quoted> expected = await plain.CompleteJsonAsync(Pocket.Prompt(s_questions[0]), QuotedContext.Default.Quoted, options);
                JsonCompletion<Quoted> answer = await engine.CompleteJsonAsync(Pocket.Prompt(s_questions[0]), QuotedContext.Default.Quoted, options);
                Assert.Equal(expected.Text, answer.Text);
                Assert.True(answer.Usage.AcceptedTokens > 5, $"{answer.Usage.AcceptedTokens} accepted");
                Completion both = await engine.CompleteAsync(Pocket.Prompt(s_questions[0]), options with { PromptLookup = 8, FastForward = false });
                Completion neither = await plain.CompleteAsync(Pocket.Prompt(s_questions[0]), options with { FastForward = false });
                Assert.Equal(neither.Text, both.Text);
            }
    }

    [Theory]
    [InlineData("llama-f32", 0f)]
    [InlineData("llama-f32", 1f)]
    [InlineData("mistral", 1f)]
    public async Task A_draft_model_of_other_weights_changes_no_answer(string name, float temperature)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        using LlamaModel other = LlamaModel.Load(TestModels.PathOf(name == "mistral" ? "experts" : "llama"));
        ContextOptions context = new() { ContextSize = 1024, Threads = 1, BatchThreads = 1, FlashAttention = FlashAttention.Off };
        RequestOptions options = new() { Sampling = new SamplingOptions { Temperature = temperature, Seed = 1 }, MaxTokens = 60, IgnoreEndOfGeneration = true };
        LlamaToken[] prompt = [.. Enumerable.Range(0, 50).Select(i => new LlamaToken(5 + i * 7 % 90))];
        await using LlamaEngine plain = LlamaEngine.Start(model, new EngineOptions { Context = context });
        await using LlamaEngine engine = LlamaEngine.Start(model, new EngineOptions { Context = context, Draft = new DraftOptions { Model = other } });
        Guess(engine, 3);
        EngineProbe probe = new(engine);
        Completion expected = await plain.CompleteAsync(prompt, options), answer = await engine.CompleteAsync(prompt, options);
        Assert.Equal(expected.Tokens, answer.Tokens);
        Assert.True(answer.Usage.SpeculatedTokens > answer.Usage.AcceptedTokens);
        probe.AssertAccounting();
    }

    [Fact]
    public async Task A_draft_context_that_is_too_small_guesses_as_far_as_it_reaches()
    {
        await using LlamaEngine plain = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = s_context });
        EngineOptions small = Drafting(Pocket.Model) with { Draft = new DraftOptions { Model = Pocket.Model, Context = s_context with { ContextSize = 256 } } };
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, small);
        Guess(engine, 4);
        EngineProbe probe = new(engine);
        RequestOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 300, IgnoreEndOfGeneration = true };
        Completion expected = await plain.CompleteAsync(Pocket.Prompt(s_questions[0]), options), answer = await engine.CompleteAsync(Pocket.Prompt(s_questions[0]), options);
        Assert.Equal(expected.Tokens, answer.Tokens);
        Assert.InRange(answer.Usage.AcceptedTokens, 20, 256);
        Completion far = await engine.CompleteAsync([.. Pocket.Prompt(s_questions[0]), .. answer.Tokens], options with { MaxTokens = 10 });
        Assert.Equal(0, far.Usage.SpeculatedTokens);
        probe.AssertAccounting();
    }

    [Fact]
    public async Task Cancelled_requests_leave_nothing_in_the_draft_context()
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, Drafting(Pocket.Model));
        Guess(engine, 4);
        EngineProbe probe = new(engine);
        Random random = new(1);
        RequestOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 500, IgnoreEndOfGeneration = true };
        for (int i = 0; i < 30; i++)
        {
            using CancellationTokenSource source = new();
            Task<Completion>[] tasks = [.. s_questions.Select(question => engine.CompleteAsync([.. Pocket.Prompt(question), new(300 + i)], options, source.Token))];
            await Task.Delay(random.Next(12), TestContext.Current.CancellationToken);
            source.Cancel();
            foreach (Task<Completion> task in tasks)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }
        probe.AssertAccounting();
        await AssertDraftIsEmpty(engine);
    }

    [Fact]
    public async Task A_draft_model_that_fails_is_given_up()
    {
        await using LlamaEngine plain = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = s_context });
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, Drafting(Pocket.Model));
        Guess(engine, 4);
        int calls = 0;
        engine.Loop.Scheduler.Speculation.Model!.Context.Interposer = call => ++calls % 3 == 0 ? -3 : call();
        RequestOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 60, IgnoreEndOfGeneration = true };
        Completion expected = await plain.CompleteAsync(Pocket.Prompt(s_questions[0]), options), answer = await engine.CompleteAsync(Pocket.Prompt(s_questions[0]), options);
        Assert.Equal(expected.Tokens, answer.Tokens);
        Assert.Equal(9, calls);      // the third failure was the last
    }

    [Fact]
    public void A_draft_model_must_speak_the_same_tokens_and_take_them_back()
    {
        using LlamaModel other = LlamaModel.Load(TestModels.LlamaF32), recurrent = LlamaModel.Load(TestModels.Recurrent);
        Assert.Contains("vocabulary", Assert.Throws<ArgumentException>(() => LlamaEngine.Start(Pocket.Model, Drafting(other))).Message);
        Assert.Contains("recurrent", Assert.Throws<ArgumentException>(() => LlamaEngine.Start(other, Drafting(recurrent))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DraftOptions { Model = other, Tokens = 65 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RequestOptions { DraftTokens = -1 });
    }

    /// <summary>With a clock of its own: what a step costs is said here, and nothing depends on how busy the machine is.</summary>
    [Theory]
    [InlineData(0.05, 0.01, true)]      // wide steps are cheap, and the draft model fast
    [InlineData(1.0, 0.01, false)]      // each token more costs as much as a step
    [InlineData(0.05, 3.0, false)]      // the draft model is slower than the model
    public async Task Guessing_goes_on_only_where_it_is_measured_to_pay(double costOfToken, double costOfRound, bool pays)
    {
        StepClock clock = new();
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, Drafting(Pocket.Model) with { Clock = clock });
        engine.Context.Interposer = call =>
        {
            clock.Pass(1 + costOfToken * (engine.Loop.StepWidth - 1));
            return call();
        };
        engine.Loop.Scheduler.Speculation.Model!.Context.Interposer = call =>
        {
            clock.Pass(costOfRound);
            return call();
        };
        RequestOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 300, IgnoreEndOfGeneration = true };
        Completion answer = await engine.CompleteAsync(Pocket.Prompt(s_questions[0]), options);
        if (pays)
            Assert.True(answer.Usage.AcceptedTokens > 200, $"{answer.Usage.AcceptedTokens} accepted");
        else
            Assert.InRange(answer.Usage.SpeculatedTokens, 2, 60);      // tried now and then
    }

    /// <summary>
    /// Asks both engines. Where they first draw different tokens their logits must be the same but for rounding: batches of several tokens round
    /// otherwise than single ones, which now and then decides a draw.
    /// </summary>
    private static async Task<RequestUsage> AssertSameUpToTies(LlamaEngine plain, LlamaEngine engine, LlamaToken[] prompt, RequestOptions options)
    {
        (List<LlamaToken> tokens, Dictionary<int, float[]> logits, _) = await Ask(plain, prompt, options);
        (List<LlamaToken> others, Dictionary<int, float[]> otherLogits, RequestUsage usage) = await Ask(engine, prompt, options);
        Assert.Equal(tokens.Count, others.Count);
        int different = Enumerable.Range(0, tokens.Count).FirstOrDefault(i => tokens[i] != others[i], -1);
        if (different >= 0)
        {
            int at = prompt.Length - 1 + different;
            float most = logits[at].Zip(otherLogits[at]).Max(pair => Math.Abs(pair.First - pair.Second)), range = logits[at].Max() - logits[at].Min();
            Assert.True(most < 0.005 * range, $"token {different}: logits differ by {most}, range {range}");
        }
        return usage;
    }

    private static async Task<(List<LlamaToken>, Dictionary<int, float[]>, RequestUsage)> Ask(LlamaEngine engine, LlamaToken[] prompt, RequestOptions options)
    {
        Dictionary<int, float[]> logits = [];
        List<LlamaToken> tokens = [];
        TokenStream stream = engine.Stream(prompt, options, (index, row) => logits[index] = row, CancellationToken.None);
        await foreach (Utf8Piece piece in stream)
            if (piece.Token.Exists)
                tokens.Add(piece.Token);
        return (tokens, logits, stream.Usage);
    }

    private static EngineOptions Drafting(LlamaModel draft) => new() { Context = s_context, Draft = new DraftOptions { Model = draft } };

    /// <summary>Fixes the number of guesses: how fast the machine is shall not matter.</summary>
    private static void Guess(LlamaEngine engine, int tokens) => engine.Loop.Scheduler.Speculation.Forced = most => Math.Min(most, tokens);

    private static async Task AssertDraftIsEmpty(LlamaEngine engine)
    {
        SequenceCache cache = engine.Loop.Scheduler.Speculation.Model!.Cache;
        await engine.Loop.Post(() =>
        {
            Assert.Empty(cache.Running);
            cache.Clear();
            Assert.Equal((0, 0, 0), (cache.UsedCells, cache.Kept.Count, cache.NamespaceCount));
            return true;
        });
    }

    private sealed class StepClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => _ticks;

        internal void Pass(double seconds) => _ticks += (long)(seconds * TimestampFrequency);
    }
}
