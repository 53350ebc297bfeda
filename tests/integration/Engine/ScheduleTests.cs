using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Random schedules against a fresh context: arrivals, cancels, samples, shared prefixes, evictions, preemptions, slow consumers.</summary>
public sealed class ScheduleTests
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("LLAMASPAN_LONG") == "1";

    /// <summary>
    /// Allowed difference of logits in parts of their range. Without flash attention and with unquantized weights nearly nothing depends
    /// on how batches are cut; with it suffixes shorter than its tile of 64 rows are computed on another path. Quantized weights round the
    /// activations too, of which random weights make much (0.037 was seen): there the bound is only a net for coarse errors, and the
    /// unquantized models of the same shapes are the proof.
    /// </summary>
    private static float Bound(string name, FlashAttention attention) =>
        !IsUnquantized(name) ? 0.06f : attention == FlashAttention.Off ? 0.002f : 0.01f;

    private static bool IsUnquantized(string name) => name is "llama-f32" or "mistral" or "gemma2-f32" or "hybrid-f32";

    public static TheoryData<string, FlashAttention> Cases()
    {
        TheoryData<string, FlashAttention> cases = [];
        foreach (string name in TestModels.Generators.Where(name => name is not "llama-nvfp4"))
        {
            cases.Add(name, FlashAttention.Off);
            cases.Add(name, FlashAttention.On);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Random_schedules_give_what_a_fresh_context_gives(string name, FlashAttention attention)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        for (int seed = 0; seed < (s_long ? 40 : IsUnquantized(name) ? 2 : 1); seed++)
            await RunSchedule(model, name, attention, seed, requests: s_long ? 40 : 16);
    }

    [Theory]
    [InlineData("llama-f32")]
    [InlineData("mistral")]
    [InlineData("gemma2-f32")]
    [InlineData("hybrid-f32")]
    public void The_bound_notices_one_wrong_token_in_front(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        ContextOptions context = new() { ContextSize = 256, Threads = 1, BatchThreads = 1, FlashAttention = FlashAttention.Off };
        LlamaToken[] prompt = Tokens(new Random(1), model, 40);
        using LlamaContext other = model.CreateContext(context);
        using TeacherForcing forcing = new(model, context, Bound(name, FlashAttention.Off));
        Dictionary<int, float[]> logits = [];
        foreach (bool wrong in new[] { false, true })
        {
            other.Cache.Clear();
            other.Prefill(Sequence.Zero, wrong ? [.. prompt[..30], new LlamaToken(prompt[30] + 1), .. prompt[31..]] : prompt);
            logits[prompt.Length - 1] = other.Logits().ToArray();
            if (wrong)
                Assert.ThrowsAny<Exception>(() => forcing.Check(prompt, [], logits, greedy: false, outliersAllowed: false));
            else
                forcing.Check(prompt, [], logits, greedy: false, outliersAllowed: false);
        }
    }

    private static async Task RunSchedule(LlamaModel model, string name, FlashAttention attention, int seed, int requests)
    {
        Random random = new(seed);
        ContextOptions context = new() { ContextSize = random.Next(2) == 0 ? 512 : 256, BatchSize = 128, MicroBatchSize = 64, Threads = 1, BatchThreads = 1, FlashAttention = attention };
        EngineOptions options = new()
        {
            Context = context,
            MaxSequences = 4,
            CachedSequences = random.Next(2) == 0 ? 3 : 12,
            TokensPerStep = random.Next(20, 64),
            ReservedTokens = 4,      // too little, so that streams run out of cells
            StreamBuffer = 4,
            HostCacheBytes = random.Next(2) == 0 ? 0 : 1 << 22,
            HostMemory = random.Next(2) == 0 ? 0 : 1 << 26,
        };
        await using LlamaEngine engine = LlamaEngine.Start(model, options);
        EngineProbe probe = new(engine);
        using TeacherForcing forcing = new(model, context with { ContextSize = 768, BatchSize = 512 }, Bound(name, attention));
        LlamaToken[][] stems = [.. Enumerable.Range(0, 3).Select(_ => Tokens(random, model, random.Next(5, 120)))];
        List<Task<Outcome>> running = [];
        for (int i = 0; i < requests; i++)
        {
            LlamaToken[] stem = stems[random.Next(stems.Length)];
            LlamaToken[] prompt = [.. stem.AsSpan(0, random.Next(stem.Length + 1)), .. Tokens(random, model, random.Next(1, 40))];
            Outcome? before = running.Where(task => task.IsCompletedSuccessfully).Select(task => task.Result).LastOrDefault(outcome => outcome.IsComplete);
            if (before is not null && random.Next(4) == 0 && before.Prompt.Length + before.Generated.Count < 150)
                prompt = [.. before.Prompt, .. before.Generated, .. Tokens(random, model, random.Next(1, 20))];      // a next turn
            running.Add(Ask(engine, prompt, random.Next(), i));
            if (random.Next(3) == 0)
                await Task.WhenAny(running);
        }
        Outcome[] outcomes = await Task.WhenAll(running);
        probe.AssertAccounting();
        foreach (Outcome outcome in outcomes.Where(outcome => outcome.IsComplete))
            forcing.Check(outcome.Prompt, outcome.Generated, outcome.Logits, outcome.IsGreedy, name == "experts");
        Assert.True(forcing.OutlierShare < 0.2, $"{forcing.OutlierShare:P0} of the rows are beyond the bound");
        await engine.ClearCacheAsync();
        EngineStatistics after = await engine.GetStatisticsAsync();
        Assert.Equal((0, 0, 0, 0, 0L), (after.Running, after.Waiting, after.UsedCells, after.Namespaces, after.SavedBytes));
        Assert.Contains(outcomes, outcome => outcome.IsComplete);
        TestContext.Current.SendDiagnosticMessage("{0} {1} seed {2}: {3} steps, {4} greedy tokens, {5} ties, {6} preemptions, {7} cached",
            name, attention, seed, probe.Steps, forcing.Compared, forcing.Ties, outcomes.Sum(outcome => outcome.Usage.Preemptions), outcomes.Sum(outcome => outcome.Usage.CachedTokens));
    }

    private sealed record Outcome(LlamaToken[] Prompt, List<LlamaToken> Generated, IReadOnlyDictionary<int, float[]> Logits, bool IsGreedy, bool IsComplete, RequestUsage Usage);

    /// <summary>One request: sometimes slow to read, sometimes cancelled, sometimes with a priority, seeded or greedy.</summary>
    private static async Task<Outcome> Ask(LlamaEngine engine, LlamaToken[] prompt, int seed, int number)
    {
        Random random = new(seed);
        bool greedy = random.Next(2) == 0, cancel = random.Next(5) == 0, slow = random.Next(4) == 0;
        RequestOptions options = new()
        {
            Sampling = greedy ? SamplingOptions.Greedy : new SamplingOptions { Seed = (ulong)seed, RepetitionPenalty = 1.2f },
            MaxTokens = random.Next(1, 60),
            IgnoreEndOfGeneration = true,
            Priority = random.Next(-1, 2),
            KeepInCache = random.Next(8) != 0,
            PromptLookup = random.Next(3) == 0 ? 6 : 0,
        };
        ConcurrentDictionary<int, float[]> logits = new();
        using CancellationTokenSource source = new();
        TokenStream stream = engine.Stream(prompt, options, (index, row) => logits[index] = row, source.Token);
        List<LlamaToken> generated = [];
        int cancelAfter = random.Next(30);
        try
        {
            if (cancel && cancelAfter < 5)
                source.Cancel();
            await foreach (Utf8Piece piece in stream)
            {
                if (piece.Token.Exists)
                    generated.Add(piece.Token);
                if (slow)
                    await Task.Delay(random.Next(4));
                if (cancel && generated.Count == cancelAfter)
                    source.Cancel();
            }
        }
        catch (OperationCanceledException) when (cancel)
        {
            return new Outcome(prompt, generated, logits, greedy, false, stream.Usage);
        }
        Assert.Equal(generated.Count, stream.Usage.GeneratedTokens);
        Assert.Equal(prompt.Length, stream.Usage.PromptTokens);
        Assert.True(generated.Count == options.MaxTokens, $"request {number} generated {generated.Count} of {options.MaxTokens}");
        return new Outcome(prompt, generated, logits, greedy, true, stream.Usage);
    }

    private static LlamaToken[] Tokens(Random random, LlamaModel model, int count)
    {
        LlamaToken[] tokens = new LlamaToken[count];
        random.GetItems(Enumerable.Range(0, Math.Min(model.Vocabulary.Size, 200)).ToArray(), MemoryMarshal.Cast<LlamaToken, int>(tokens.AsSpan()));
        return tokens;
    }
}
