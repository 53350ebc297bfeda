using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

public sealed class SpeculationTests
{
    private static readonly EngineOptions s_options = new() { Context = Pocket.Options with { ContextSize = 1024, FlashAttention = FlashAttention.Off } };

    [Theory]
    [InlineData(0f)]
    [InlineData(0.7f)]
    public async Task Guesses_change_no_answer_and_save_steps(float temperature)
    {
        RequestOptions plain = new() { Sampling = new SamplingOptions { Temperature = temperature, Seed = 5 }, MaxTokens = 60 };
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, s_options);
        EngineProbe probe = new(engine);
        engine.Loop.Scheduler.Speculation.Forced = most => most;      // whether it pays is tested by a clock of its own
        foreach (string question in new[] { "Where is Velmora Optics based?", "How much does the Brillo kettle cost?", "When was Velmora Optics founded?" })
        {
            Completion expected = await engine.CompleteAsync(Pocket.Prompt(question), plain);
            int before = probe.Steps;
            Completion answer = await engine.CompleteAsync(Pocket.Prompt(question), plain with { PromptLookup = 16 });
            Assert.Equal(expected.Tokens, answer.Tokens);
            Assert.Equal(0, expected.Usage.SpeculatedTokens);
            Assert.InRange(answer.Usage.AcceptedTokens, 0, answer.Usage.SpeculatedTokens);
            if (temperature == 0)
                Assert.True(probe.Steps - before < answer.Tokens.Count, $"{probe.Steps - before} steps for {answer.Tokens.Count} tokens, {answer.Usage.AcceptedTokens} accepted");
        }
        probe.AssertAccounting();
    }

    [Theory]
    [InlineData(false, 0f)]
    [InlineData(true, 0f)]
    [InlineData(false, 0.7f)]
    public async Task Guesses_keep_to_a_constraint(bool fastForward, float temperature)
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, s_options);
        EngineProbe probe = new(engine);
        engine.Loop.Scheduler.Speculation.Forced = most => most;      // whether it pays is tested by a clock of its own
        RequestOptions options = new()
        {
            Sampling = new SamplingOptions { Temperature = temperature, Seed = 5 },
            MaxTokens = 100,
            FastForward = fastForward,
            CloseAtLimit = true,
        };
        JsonCompletion<Quoted> expected = await engine.CompleteJsonAsync(Pocket.Prompt("Where is Velmora Optics based?"), QuotedContext.Default.Quoted, options);
        JsonCompletion<Quoted> answer = await engine.CompleteJsonAsync(Pocket.Prompt("Where is Velmora Optics based?"), QuotedContext.Default.Quoted, options with { PromptLookup = 8 });
        Assert.Equal(expected.Text, answer.Text);
        Assert.True(answer.Usage.AcceptedTokens > 0);
        probe.AssertAccounting();
    }

    [Fact]
    public async Task What_a_constraint_leaves_no_choice_about_is_guessed()
    {
        JsonGrammar grammar = JsonGrammar.FromSchema("""{"const":{"instruments":["telescope","microscope","spectrometer"]}}""", new JsonGrammarOptions { Whitespace = JsonWhitespace.None });
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, s_options);
        EngineProbe probe = new(engine);
        engine.Loop.Scheduler.Speculation.Forced = most => most;
        RequestOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 100, Grammar = grammar };
        LlamaToken[] prompt = Pocket.Prompt("Where is Velmora Optics based?");
        Completion expected = await engine.CompleteAsync(prompt, options);
        int before = probe.Steps;
        Completion answer = await engine.CompleteAsync(prompt, options with { PromptLookup = 16 });
        Assert.Equal(expected.Tokens, answer.Tokens);
        Assert.Equal(0, answer.Usage.ForcedTokens);
        Assert.True(probe.Steps - before <= answer.Tokens.Count / 2, $"{probe.Steps - before} steps for {answer.Tokens.Count} tokens, {answer.Usage.AcceptedTokens} accepted");
        probe.AssertAccounting();
    }

    [Theory]
    [InlineData("recurrent", false)]
    [InlineData("gemma2-f32", true)]
    public async Task A_model_that_cannot_take_tokens_back_is_not_guessed_for(string name, bool guesses)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        await using LlamaEngine engine = LlamaEngine.Start(model, s_options);
        EngineProbe probe = new(engine);
        engine.Loop.Scheduler.Speculation.Forced = most => most;      // whether it pays is tested by a clock of its own
        LlamaToken[] prompt = [.. Enumerable.Range(0, 30).Select(i => new LlamaToken(5 + i % 6))];
        RequestOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 80, IgnoreEndOfGeneration = true };
        Completion expected = await engine.CompleteAsync(prompt, options);
        Completion answer = await engine.CompleteAsync(prompt, options with { PromptLookup = 4 });
        Assert.Equal(expected.Tokens, answer.Tokens);
        Assert.Equal(guesses, answer.Usage.SpeculatedTokens > 0);
        probe.AssertAccounting();
    }
}
