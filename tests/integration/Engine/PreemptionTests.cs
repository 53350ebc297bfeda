using System.Runtime.CompilerServices;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Requests that have to give up their cells go on later as if nothing had been; what all that cost is accounted for to the token.</summary>
public sealed class PreemptionTests
{
    private static readonly ContextOptions s_context = new() { Threads = 1, BatchThreads = 1, FlashAttention = FlashAttention.Off };

    [Theory]
    [InlineData(1 << 26, false)]      // their cells wait in host memory
    [InlineData(1 << 26, true)]       // they cannot be had back from there
    [InlineData(0, false)]            // there is none: they are computed again
    public async Task Answers_are_those_of_an_engine_with_room_and_every_decoded_token_is_accounted_for(long hostMemory, bool damaged)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32);
        (RequestUsage[] roomy, string[] expected, int decoded) = await Run(model, new EngineOptions { Context = s_context with { ContextSize = 4096 } });
        Assert.Equal(Sent(roomy), decoded);
        Assert.All(roomy, usage => Assert.Equal((0, 0), (usage.Preemptions, usage.RecomputedTokens)));

        EngineOptions small = new() { Context = s_context with { ContextSize = 512 }, MaxSequences = 5, CachedSequences = 8, TokensPerStep = 48, ReservedTokens = 4, HostMemoryBytes = hostMemory };
        (RequestUsage[] usages, string[] answers, decoded) = await Run(model, small, damaged);
        Assert.Equal(expected, answers);
        Assert.Equal(Sent(usages), decoded);
        Assert.True(usages.Sum(usage => usage.Preemptions) > 2, $"{usages.Sum(usage => usage.Preemptions)} preemptions");
        Assert.Equal(hostMemory == 0 || damaged, usages.Sum(usage => usage.RecomputedTokens) > 0);
        Assert.All(usages, usage => Assert.Equal(usage.PromptTokens, usage.CachedTokens + usage.ComputedTokens));
        Assert.Contains(usages, usage => usage.CachedTokens > 0);
        Assert.Contains(usages, usage => usage.SpeculatedTokens > usage.AcceptedTokens);
    }

    /// <summary>What llama_decode was sent for these requests: of an answer the last token is not, of guesses the wrong ones are too.</summary>
    private static int Sent(RequestUsage[] usages) => usages.Sum(usage =>
        usage.ComputedTokens + usage.RecomputedTokens + Math.Max(0, usage.GeneratedTokens - 1) + usage.SpeculatedTokens - usage.AcceptedTokens);

    /// <summary>The same requests each time, all there before the first step, so that the schedule too is the same each time.</summary>
    private static async Task<(RequestUsage[] Usages, string[] Answers, int Decoded)> Run(LlamaModel model, EngineOptions options, bool damaged = false)
    {
        await using LlamaEngine engine = LlamaEngine.Start(model, options);
        EngineProbe probe = new(engine);
        if (damaged)
            engine.Loop.StepObserver += () => Damage(engine.Loop.Scheduler.Waiting);
        engine.Loop.Scheduler.Speculation.Forced = most => Math.Min(most, 4);
        using ManualResetEventSlim all = new();
        Task<bool> held = engine.Loop.Post(() => all.Wait(TimeSpan.FromMinutes(1)));
        Random random = new(1);
        List<Task<Completion[]>> tasks = [];
        LlamaToken[] head = RandomSchedule.Tokens(random, model, 30);
        for (int i = 0; i < 10; i++)
        {
            LlamaToken[] tail = RandomSchedule.Tokens(random, model, random.Next(10, 60));
            RequestOptions request = new()
            {
                Sampling = new SamplingOptions { Seed = (ulong)i, Temperature = i % 3 },
                MaxTokens = random.Next(60, 130),
                IgnoreEndOfGeneration = true,
                PromptLookup = i % 2 * 4,
                KeepInCache = i % 4 != 0,
            };
            tasks.Add(engine.SampleAsync([.. head, .. tail, .. tail], i % 5 == 4 ? 2 : 1, request));
        }
        Task<RequestUsage> warm = engine.WarmAsync([.. head[..20], .. RandomSchedule.Tokens(random, model, 50)]);
        all.Set();
        Completion[] answers = [.. (await Task.WhenAll(tasks)).SelectMany(samples => samples)];
        RequestUsage[] usages = [.. answers.Select(answer => answer.Usage), await warm];
        Assert.True(await held);
        int decoded = await engine.Loop.Post(() => probe.Tokens);
        probe.AssertAccounting();
        return (usages, [.. answers.Select(answer => string.Join(" ", answer.Tokens))], decoded);
    }

    private static void Damage(RequestQueue waiting)
    {
        for (int i = 0; i < waiting.Count; i++)
            if (waiting[i].Saved is { } saved)
                Unsafe.AsRef(in saved.Bytes[saved.Size / 2]) = 0xff;
    }
}
