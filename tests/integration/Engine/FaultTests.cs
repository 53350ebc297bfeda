using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Decodes that fail: the engine lives on, and nobody gets a wrong answer.</summary>
public sealed class FaultTests
{
    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("Where is Velmora Optics based?");
    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 20, IgnoreEndOfGeneration = true };

    private static LlamaEngine Start() =>
        LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 2048, FlashAttention = FlashAttention.Off }, MaxSequences = 6, TokensPerStep = 64 });

    [Theory]
    [InlineData(1, DecodeFailure.NoKvSlot)]
    [InlineData(2, DecodeFailure.Aborted)]
    [InlineData(-1, DecodeFailure.InvalidBatch)]
    [InlineData(-3, DecodeFailure.Failed)]
    [InlineData(int.MinValue, DecodeFailure.Failed)]
    public async Task A_status_that_comes_again_and_again_ends_requests_with_its_reason_and_the_next_succeed(int status, DecodeFailure reason)
    {
        await using LlamaEngine engine = Start();
        EngineProbe probe = new(engine);
        Completion expected = await engine.CompleteAsync(s_prompt, s_greedy);
        engine.Context.Interposer = _ => status;
        Task<Completion>[] failing = [.. Enumerable.Range(0, 4).Select(i => engine.CompleteAsync([.. s_prompt, new(300 + i)], s_greedy))];
        foreach (Task<Completion> task in failing)
            Assert.Equal(reason, (await Assert.ThrowsAsync<DecodeException>(() => task)).Reason);
        engine.Context.Interposer = null;
        Assert.Equal(expected.Tokens, (await engine.CompleteAsync(s_prompt, s_greedy)).Tokens);
        probe.AssertAccounting();
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(-1, false)]
    [InlineData(-3, false)]
    [InlineData(-3, true)]
    public async Task A_status_that_comes_now_and_then_changes_no_answer(int status, bool computed)
    {
        await using LlamaEngine engine = Start();
        EngineProbe probe = new(engine);
        LlamaToken[][] prompts = [.. Enumerable.Range(0, 12).Select(i => (LlamaToken[])[.. s_prompt[..(40 + 5 * i)], new(300 + i)])];
        Completion[] expected = await Task.WhenAll(prompts.Select(prompt => engine.CompleteAsync(prompt, s_greedy)));
        await engine.ClearCacheAsync();
        int calls = 0;
        engine.Context.Interposer = call =>
        {
            if (calls++ % 7 != 3)
                return call();
            if (computed)
                call();      // a part of the batch, here all, is in the cache when the call fails
            return status;
        };
        Completion[] answers = await Task.WhenAll(prompts.Select(prompt => engine.CompleteAsync(prompt, s_greedy)));
        foreach ((Completion first, Completion second) in expected.Zip(answers))
            Assert.Equal(first.Tokens, second.Tokens);
        Assert.All(answers.Zip(prompts), pair => Assert.Equal(pair.Second.Length, pair.First.Usage.PromptTokens));
        probe.AssertAccounting();
    }

    [Fact]
    public async Task A_constraint_that_throws_ends_its_own_request_alone()
    {
        await using LlamaEngine engine = Start();
        Task<Completion> healthy = engine.CompleteAsync(s_prompt, s_greedy);
        Task<Completion> sick = engine.CompleteAsync(s_prompt, s_greedy with { Constraint = () => new Throwing(Pocket.Model.Vocabulary.Size) });
        await Assert.ThrowsAsync<NotSupportedException>(() => sick);
        Assert.Equal(20, (await healthy).Tokens.Count);
    }

    [Fact]
    public async Task Requests_of_a_disposed_engine_fail_with_a_reason()
    {
        LlamaEngine engine = Start();
        Task<Completion>[] tasks = [.. Enumerable.Range(0, 10).Select(_ => engine.CompleteAsync(s_prompt, s_greedy with { MaxTokens = 1000 }))];
        await engine.DisposeAsync();
        foreach (Task<Completion> task in tasks)
            Assert.Equal(RequestFailure.EngineStopped, (await Assert.ThrowsAsync<RequestException>(() => task)).Reason);
        Assert.Equal(RequestFailure.EngineStopped, Assert.Throws<RequestException>(() => { engine.StreamAsync(s_prompt); }).Reason);
        await engine.DisposeAsync();
    }

    private sealed class Throwing(int size) : ITokenConstraint
    {
        public int VocabularySize => size;

        public bool IsComplete => false;

        public ReadOnlySpan<ulong> AllowedMask() => throw new NotSupportedException();

        public bool IsAllowed(LlamaToken token) => throw new NotSupportedException();

        public void Accept(LlamaToken token) => throw new NotSupportedException();

        public void Rollback(int tokens) => throw new NotSupportedException();
    }
}
