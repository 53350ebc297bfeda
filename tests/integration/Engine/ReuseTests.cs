using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>What is reused of models whose cache cannot be cut anywhere.</summary>
public sealed class ReuseTests
{
    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 8, IgnoreEndOfGeneration = true };

    [Theory]
    [InlineData("recurrent", 60)]
    [InlineData("hybrid-f32", 60)]
    [InlineData("gemma2-f32", 120)]
    [InlineData("llama-f32", 120)]
    public async Task A_next_turn_continues_the_sequence_of_the_turn_before(string name, int length)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        await using LlamaEngine engine = LlamaEngine.Start(model, Options());
        EngineProbe probe = new(engine);
        LlamaToken[] prompt = [.. Enumerable.Range(0, length).Select(i => new LlamaToken(5 + i * 7 % 90))];
        Completion first = await engine.CompleteAsync(prompt, s_greedy);
        LlamaToken[] next = [.. prompt, .. first.Tokens, new(11), new(12)];
        Completion second = await engine.CompleteAsync(next, s_greedy);
        Assert.Equal(length + 7, second.Usage.CachedTokens);
        await using LlamaEngine cold = LlamaEngine.Start(model, Options());
        Assert.Equal((await cold.CompleteAsync(next, s_greedy)).Tokens, second.Tokens);
        probe.AssertAccounting();
    }

    [Theory]
    [InlineData("gemma2-f32", 40, 30)]      // shorter than the window of 64: any part can be had
    [InlineData("gemma2-f32", 120, 0)]      // longer: cells behind the window may be gone
    [InlineData("recurrent", 40, 0)]    // a state has no parts
    [InlineData("llama-f32", 120, 30)]
    public async Task A_part_of_a_prompt_is_taken_only_where_it_is_sound(string name, int length, int expected)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        await using LlamaEngine engine = LlamaEngine.Start(model, Options());
        LlamaToken[] prompt = [.. Enumerable.Range(0, length).Select(i => new LlamaToken(5 + i * 7 % 90))];
        await engine.CompleteAsync(prompt, s_greedy);
        LlamaToken[] other = [.. prompt[..30], new(200), new(201), new(202)];
        Completion answer = await engine.CompleteAsync(other, s_greedy);
        Assert.Equal(expected, answer.Usage.CachedTokens);
        await using LlamaEngine cold = LlamaEngine.Start(model, Options());
        Assert.Equal((await cold.CompleteAsync(other, s_greedy)).Tokens, answer.Tokens);
    }

    [Theory]
    [InlineData("recurrent")]
    [InlineData("hybrid-f32")]
    public async Task Samples_of_a_recurrent_model_share_their_prompt(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        await using LlamaEngine engine = LlamaEngine.Start(model, Options());
        EngineProbe probe = new(engine);
        LlamaToken[] prompt = [.. Enumerable.Range(0, 50).Select(i => new LlamaToken(5 + i * 7 % 90))];
        Completion[] samples = await engine.SampleAsync(prompt, 4, s_greedy);
        Assert.Equal(50, samples.Sum(sample => sample.Usage.ComputedTokens));
        Assert.Single(samples.Select(sample => string.Join(" ", sample.Tokens)).Distinct());
        probe.AssertAccounting();
    }

    private static EngineOptions Options() => new()
    {
        Context = new() { ContextSize = 1024, Threads = 1, BatchThreads = 1, FlashAttention = FlashAttention.Off },
        MaxSequences = 4,
        CachedSequences = 8,
    };
}
