using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

public sealed class JsonTests
{
    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("Where is Velmora Optics based?");

    [Theory]
    [InlineData(false, 200)]
    [InlineData(true, 200)]
    [InlineData(true, 30)]
    public async Task Values_of_many_requests_at_once_are_those_of_a_generator(bool fastForward, int maxTokens)
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 2048, FlashAttention = FlashAttention.Off } });
        EngineProbe probe = new(engine);
        RequestOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = maxTokens, FastForward = fastForward, CloseAtLimit = true };
        string[] questions = ["Where is Velmora Optics based?", "What color is the Brillo kettle?", "When was Velmora Optics founded?"];
        JsonCompletion<Quoted>[] answers = await Task.WhenAll(questions.Select(question => engine.CompleteJsonAsync(Pocket.Prompt(question), QuotedContext.Default.Quoted, options)));
        using LlamaContext context = Pocket.Context(Pocket.Options with { FlashAttention = FlashAttention.Off });
        TextGenerator generator = new(context);
        foreach ((string question, JsonCompletion<Quoted> answer) in questions.Zip(answers))
        {
            JsonGenerationResult<Quoted> expected = generator.CompleteJson(Pocket.Prompt(question), QuotedContext.Default.Quoted, options);
            Assert.Equal(expected.Text, answer.Text);
            Assert.Equal(expected.FinishReason, answer.FinishReason);
            Assert.True(answer.IsComplete, answer.Text);
            Quoted value = answer;
            Assert.Equal(expected.Value, value);
            Assert.Equal(expected.Usage.ForcedTokens, answer.Usage.ForcedTokens);
            Assert.Equal(fastForward, answer.Usage.ForcedTokens > 0);
        }
        probe.AssertAccounting();
    }

    [Fact]
    public async Task Samples_have_a_constraint_each()
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 2048 } });
        JsonGrammar grammar = JsonGrammar.OneOf("Tarnwick", "Toronto", "Tartu", "London");
        Completion[] samples = await engine.SampleAsync(s_prompt, 6, new RequestOptions { Grammar = grammar, Sampling = new SamplingOptions { Seed = 1, Temperature = 5 } });
        Assert.All(samples, sample => Assert.True(grammar.IsValid(System.Text.Encoding.UTF8.GetBytes(sample.Text)), sample.Text));
    }
}
