using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>What an engine did is written down, kept as JSON, and done again.</summary>
public sealed class ReplayTests
{
    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("Where is Velmora Optics based?");

    /// <summary>Bit for bit, but for cells of the tiers: which of several copies was loaded is not recorded, and they differ by rounding.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task A_busy_schedule_is_done_again(int seed, bool tiers)
    {
        EngineCapsule capsule = await Record(seed, tiers);
        ReplayResult result = await (await Copy(capsule)).ReplayAsync(Pocket.Model, tiers ? 0.02f : 0);
        Assert.Null(result.Difference);
        Assert.Equal(capsule.StepCount, result.Steps);
        Assert.True(result.Outputs > 300, $"{result.Outputs} outputs");
        Assert.Contains(capsule.Content.Steps, step => step.Outputs.Any(output => output.Mask >= 0));
        Assert.NotEmpty(capsule.Content.Texts);
        if (!tiers)
            Assert.Equal((0, 0f), (result.Ties, result.LargestError));
        ReplayResult again = await capsule.ReplayAsync(Pocket.Model, 0.02f, threads: 2);
        Assert.True(again.IsEqual, again.Difference?.ToString());
    }

    [Fact]
    public async Task A_capsule_that_was_changed_shows_the_step_the_request_and_the_token()
    {
        EngineCapsule capsule = await Record(3, tiers: false);
        RecordedStep step = capsule.Content.Steps.Last(step => step.Outputs.Any(IsFree));
        int number = capsule.Content.Steps.IndexOf(step);
        RecordedOutput output = step.Outputs.First(IsFree);

        ReplayDifference other = (await Changed(capsule, number, "Outputs", step.Outputs.IndexOf(output), "Drawn", output.Drawn == 300 ? 301 : 300).ReplayAsync(Pocket.Model)).Difference!;
        Assert.Equal((number, output.Request, output.Index + 1), (other.Step, other.Request, other.Token));
        Assert.Equal((output.Drawn == 300 ? "token 301" : "token 300", $"token {output.Drawn}"), (other.Expected, other.Got));

        ReplayDifference logit = (await Changed(capsule, number, "Outputs", step.Outputs.IndexOf(output), "Logit", output.Logit + 1).ReplayAsync(Pocket.Model)).Difference!;
        Assert.Equal((number, output.Request), (logit.Step, logit.Request));
        Assert.StartsWith("logit", logit.Expected);

        step = capsule.Content.Steps.First(step => step.Outputs.Any(output => output is { Mask: >= 0, Drawn: >= 0, Done: false }));
        int constrained = capsule.Content.Steps.IndexOf(step);
        output = step.Outputs.First(output => output is { Mask: >= 0, Drawn: >= 0, Done: false });
        ReplayDifference drawn = (await Changed(capsule, constrained, "Outputs", step.Outputs.IndexOf(output), "Drawn", 300).ReplayAsync(Pocket.Model)).Difference!;
        Assert.Equal((constrained, output.Request, $"token {output.Drawn}"), (drawn.Step, drawn.Request, drawn.Got));

        capsule.Content.Texts[1].Outputs[0][3] ^= 0x40;     // a float of another size
        ReplayDifference text = (await capsule.ReplayAsync(Pocket.Model)).Difference!;
        Assert.Equal((1, 0), (text.Step, text.Token));
        Assert.StartsWith("text 0 of batch 1: float 0 is", text.Expected);
        capsule.Content.Texts[1].Outputs[0][3] ^= 0x40;

        ReplayDifference schedule = (await Changed(capsule, number, "Batch", 0, "Count", 777).ReplayAsync(Pocket.Model)).Difference!;
        Assert.Equal(number, schedule.Step);
        Assert.Contains("777 tokens", schedule.Expected);
    }

    [Fact]
    public async Task Another_model_or_format_and_what_is_no_capsule_are_refused()
    {
        EngineCapsule capsule = await Record(4, tiers: false, requests: 2);
        using LlamaModel other = LlamaModel.Load(TestModels.LlamaF32);
        Assert.Contains("another model", (await Assert.ThrowsAsync<CapsuleException>(() => capsule.ReplayAsync(other))).Message);
        foreach (string text in new[] { "", "{", "[]", "{\"Format\":99}", "{\"Steps\":[{\"Events\":[{\"Action\":\"Explode\"}]}]}", "{\"Format\":2}" })
            await Assert.ThrowsAsync<CapsuleException>(() => EngineCapsule.LoadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text))));
        foreach (string list in new[] { "Requests", "Steps", "Masks", "Texts" })
        {
            Assert.Throws<CapsuleException>(() => Changed(capsule, content => content[list] = null));
            Assert.Throws<CapsuleException>(() => Changed(capsule, content => content[list] = new JsonArray([null])));
        }
        foreach (string list in new[] { "Events", "Batch", "Finds", "Outputs" })
            Assert.Throws<CapsuleException>(() => Changed(capsule, content => content["Steps"]![0]![list] = new JsonArray([null])));
        foreach (int threads in new[] { -1, 513 })
            Assert.Equal(nameof(threads), (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => capsule.ReplayAsync(Pocket.Model, threads: threads))).ParamName);
        capsule.Content.Masks.Add("AAAA");
        Assert.Contains("allowed tokens", (await Assert.ThrowsAsync<CapsuleException>(() => capsule.ReplayAsync(Pocket.Model))).Message);
        capsule.Content.Masks.RemoveAt(capsule.Content.Masks.Count - 1);
        EngineCapsule damaged = Changed(capsule, capsule.Content.Steps.FindIndex(step => step.Events.Count > 0), "Events", 0, "Request", 4711);
        Assert.Contains("4711", (await Assert.ThrowsAsync<CapsuleException>(() => damaged.ReplayAsync(Pocket.Model))).Message);
    }

    [Fact]
    public async Task Recording_begins_with_an_empty_engine_and_ends_once()
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options });
        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.StopRecordingAsync());
        await using (await engine.PinAsync(s_prompt))
            await Assert.ThrowsAsync<InvalidOperationException>(() => engine.StartRecordingAsync());
        await engine.StartRecordingAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.StartRecordingAsync());
        await engine.CompleteAsync(s_prompt, new RequestOptions { MaxTokens = 5, Sampling = SamplingOptions.Greedy });
        EngineCapsule capsule = await engine.StopRecordingAsync();
        Assert.Equal(1, capsule.RequestCount);
        Assert.Equal((LlamaSpan.Native.NativeLibraries.LlamaVersion, Pocket.Model.Description), (capsule.LlamaVersion, capsule.ModelDescription));
        Assert.True((await capsule.ReplayAsync(Pocket.Model)).IsEqual);
    }

    [Fact]
    public async Task Failed_steps_and_recurrent_models_are_done_again_too()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Recurrent);
        ContextOptions context = new() { ContextSize = 512, Threads = 1, BatchThreads = 1 };
        await using LlamaEngine engine = LlamaEngine.Start(model, new EngineOptions { Context = context, MaxSequences = 3 });
        await engine.StartRecordingAsync();
        int calls = 0;
        engine.Context.Interposer = call => ++calls % 6 == 0 ? -3 : call();
        RequestOptions options = new() { MaxTokens = 10, IgnoreEndOfGeneration = true, Sampling = new() { Temperature = 1 } };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => engine.SampleAsync([.. Enumerable.Range(0, 30 + i).Select(j => new LlamaToken(5 + j))], 2, options)));
        ReplayResult result = await (await engine.StopRecordingAsync()).ReplayAsync(model);
        Assert.Null(result.Difference);
        Assert.True(result.Outputs >= 80);
    }

    private static bool IsFree(RecordedOutput output) => output is { Drawn: >= 0, Done: false, Mask: < 0 };

    private static EngineOptions TooSmall(bool tiers) => new()
    {
        Context = Pocket.Options with { ContextSize = 256, FlashAttention = FlashAttention.Off },
        MaxSequences = 4,
        CachedSequences = 6,
        TokensPerStep = 48,
        ReservedTokens = 4,
        StreamBuffer = 4,
        HostCacheBytes = tiers ? 1 << 22 : 0,
        Draft = new DraftOptions { Model = Pocket.Model, Tokens = 3 },
    };

    /// <summary>Records requests of all kinds on an engine that is too small for them.</summary>
    private static async Task<EngineCapsule> Record(int seed, bool tiers, int requests = 24)
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, TooSmall(tiers));
        engine.Loop.Scheduler.Speculation.Forced = most => most;
        await engine.CompleteAsync(s_prompt, new RequestOptions { MaxTokens = 3 });      // forgotten when the recording begins
        await engine.StartRecordingAsync();
        EngineProbe probe = new(engine);
        Random random = new(seed);
        Task[] tasks = new Task[requests];
        PinnedPrefix pinned = await engine.PinAsync(s_prompt[..40]);
        for (int i = 0; i < requests; i++)
        {
            LlamaToken[] prompt = [new(310 + random.Next(3)), .. s_prompt.AsSpan(0, random.Next(20, 100)), new(300 + random.Next(20))];
            RequestOptions options = new()
            {
                MaxTokens = random.Next(5, 70),
                IgnoreEndOfGeneration = true,
                Sampling = random.Next(2) == 0 ? SamplingOptions.Greedy : new() { Temperature = 1, RepetitionPenalty = 1.1f, LogitBias = new Dictionary<LlamaToken, float> { [new(301)] = float.NegativeInfinity, [new(302)] = 0.5f } },
                Priority = random.Next(-1, 2),
                Namespace = random.Next(3) == 0 ? "other" : "",
                PromptLookup = random.Next(2) * 4,
                DraftTokens = random.Next(2) == 0 ? 0 : null,
            };
            tasks[i] = (i % 7) switch
            {
                0 => engine.SampleAsync(prompt, 2, options),
                1 => engine.ScoreAsync(prompt, [s_prompt.AsMemory(5, 10), s_prompt.AsMemory(9, 4)]),
                2 => Cancel(engine, prompt, options, random.Next(20)),
                3 => ReadSlowly(engine, prompt, options),
                6 => engine.EmbedAsync([prompt.AsMemory(0, 9), prompt.AsMemory(0, 20)]),
                4 => engine.CompleteJsonAsync(Pocket.Prompt("Where is Velmora Optics based?"), QuotedContext.Default.Quoted, options with { IgnoreEndOfGeneration = false, CloseAtLimit = true, FastForward = true, MaxTokens = 70 }),
                _ => engine.CompleteAsync(prompt, options),
            };
            if (random.Next(8) == 0)
                await Task.WhenAny(tasks[..(i + 1)]);
            if (i == requests / 2)
            {
                await pinned.DisposeAsync();
                await engine.ClearCacheAsync();
            }
        }
        await Task.WhenAll(tasks);
        RequestOptions longer = new() { MaxTokens = 130, IgnoreEndOfGeneration = true, KeepInCache = false };      // two do not fit together to their ends
        tasks = [.. tasks, .. Enumerable.Range(0, 2).Select(i => engine.CompleteAsync([new(320 + i), .. s_prompt.AsSpan(0, 60)], longer))];
        await Task.WhenAll(tasks);
        probe.AssertAccounting();
        RequestUsage[] usages = [.. tasks.OfType<Task<Completion[]>>().SelectMany(task => task.Result).Concat(tasks.OfType<Task<Completion>>().Select(task => task.Result)).Select(answer => answer.Usage)];
        if (requests > 20)
            foreach (Func<RequestUsage, int> count in new Func<RequestUsage, int>[] { usage => usage.Preemptions, usage => usage.CachedTokens, usage => usage.AcceptedTokens })
                Assert.NotEqual(0, usages.Sum(count));
        return await engine.StopRecordingAsync();
    }

    private static async Task Cancel(LlamaEngine engine, LlamaToken[] prompt, RequestOptions options, int milliseconds)
    {
        using CancellationTokenSource source = new(milliseconds);
        try
        {
            await engine.CompleteAsync(prompt, options with { MaxTokens = 200 }, source.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async Task ReadSlowly(LlamaEngine engine, LlamaToken[] prompt, RequestOptions options)
    {
        await foreach (Utf8Piece _ in engine.StreamAsync(prompt, options))
            await Task.Delay(2);
    }

    private static async Task<EngineCapsule> Copy(EngineCapsule capsule)
    {
        using MemoryStream stream = new();
        await capsule.SaveAsync(stream);
        stream.Position = 0;
        return await EngineCapsule.LoadAsync(stream);
    }

    private static EngineCapsule Changed(EngineCapsule capsule, int step, string list, int index, string name, JsonNode value) =>
        Changed(capsule, content => content["Steps"]![step]![list]![index]![name] = value);

    private static EngineCapsule Changed(EngineCapsule capsule, Action<JsonNode> change)
    {
        using MemoryStream stream = new();
        capsule.SaveAsync(stream).GetAwaiter().GetResult();
        JsonNode content = JsonNode.Parse(stream.ToArray())!;
        change(content);
        return EngineCapsule.LoadAsync(new MemoryStream(Encoding.UTF8.GetBytes(content.ToJsonString()))).GetAwaiter().GetResult();
    }
}
