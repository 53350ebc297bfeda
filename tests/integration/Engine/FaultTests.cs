using System.Buffers;
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

    [Theory]
    [InlineData(nameof(ITokenConstraint.AllowedMask))]
    [InlineData(nameof(ITokenConstraint.Accept))]
    [InlineData(nameof(ITokenConstraint.Rollback))]      // of a guess
    [InlineData(nameof(ITextConstraint.ForcedBytes))]    // the forced tokens are not accepted, before any step
    [InlineData(nameof(IDisposable.Dispose))]            // when the answer is there already
    public async Task A_constraint_that_throws_ends_its_own_request_alone(string place)
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 2048 }, Draft = new DraftOptions { Model = Pocket.Model } });
        engine.Loop.Scheduler.Speculation.Forced = most => Math.Min(most, 3);
        EngineProbe probe = new(engine);
        Task<Completion> healthy = engine.CompleteAsync(s_prompt, s_greedy);
        Task<Completion> sick = engine.CompleteAsync(s_prompt, s_greedy with { Constraint = () => new Faulty(Pocket.Model.Vocabulary.Size, place), FastForward = true });
        if (place == nameof(IDisposable.Dispose))
            Assert.Equal(20, (await sick).Tokens.Count);
        else
            Assert.Equal(place, (await Assert.ThrowsAsync<NotSupportedException>(() => sick)).Message);
        Assert.Equal(20, (await healthy).Tokens.Count);
        Assert.Equal(20, (await engine.CompleteAsync(s_prompt, s_greedy)).Tokens.Count);
        probe.AssertAccounting();
    }

    [Fact]
    public async Task An_engine_that_fails_tells_everybody_and_stores_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("llamaspan-failed-").FullName;
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 2048 }, MaxSequences = 2, CacheFolder = folder });
        await engine.CompleteAsync(s_prompt, s_greedy);
        int steps = 0;
        engine.Loop.StepObserver = () =>
        {
            if (++steps > 5)
                throw new InvalidTimeZoneException("a bug");
        };
        Task<Completion>[] tasks = [.. Enumerable.Range(0, 5).Select(_ => engine.CompleteAsync(s_prompt, s_greedy with { MaxTokens = 1000 }))];
        foreach (Task<Completion> task in tasks)
        {
            RequestException failure = await Assert.ThrowsAsync<RequestException>(() => task);
            Assert.Equal(RequestFailure.EngineFailed, failure.Reason);
            Assert.IsType<InvalidTimeZoneException>(failure.InnerException);
        }
        Assert.Equal(RequestFailure.EngineFailed, Assert.Throws<RequestException>(() => { engine.StreamAsync(s_prompt); }).Reason);
        await engine.DisposeAsync();
        Assert.Empty(Directory.GetFiles(folder));
        Directory.Delete(folder);
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

    /// <summary>Allows everything, and throws at one place.</summary>
    private sealed class Faulty(int size, string place) : ITextConstraint, IDisposable
    {
        private readonly ulong[] _all = [.. Enumerable.Range(0, (size + 63) / 64).Select(word => word == size / 64 ? (1ul << (size % 64)) - 1 : ulong.MaxValue)];
        private bool _forces = place == nameof(ForcedBytes);

        public int VocabularySize => size;

        public bool IsComplete => false;

        public bool MustEnd => false;

        public ReadOnlySpan<ulong> AllowedMask()
        {
            Pass(nameof(AllowedMask));
            return _all;
        }

        public bool IsAllowed(LlamaToken token)
        {
            Pass(nameof(AllowedMask));
            return true;
        }

        public void Accept(LlamaToken token)
        {
            Pass(nameof(Accept));
            Pass(nameof(ForcedBytes));
        }

        public void Rollback(int tokens) => Pass(nameof(Rollback));

        public int ForcedBytes(IBufferWriter<byte> output)
        {
            if (!_forces)
                return 0;
            _forces = false;
            output.Write("Velmora Optics is here"u8);
            return 22;
        }

        public bool IsLongerToken(ReadOnlySpan<byte> bytes) => false;

        public int ClosingTokens(IBufferWriter<LlamaToken> output) => -1;

        public void Dispose() => Pass(nameof(IDisposable.Dispose));

        private void Pass(string where)
        {
            if (where == place)
                throw new NotSupportedException(place);
        }
    }
}
