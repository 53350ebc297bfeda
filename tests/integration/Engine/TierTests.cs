using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Cached sequences in host memory and in files.</summary>
public sealed class TierTests : IDisposable
{
    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 10, IgnoreEndOfGeneration = true };

    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-tiers-").FullName;
    private readonly List<string> _warnings = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private LlamaEngine Start(string? folder, long hostBytes = 0, int contextSize = 512, long folderBytes = 1L << 30, CacheType keys = CacheType.F16, long hostMemory = 1L << 30) => LlamaEngine.Start(Pocket.Model, new EngineOptions
    {
        Context = Pocket.Options with { ContextSize = contextSize, FlashAttention = FlashAttention.Off, KeyType = keys },
        MaxSequences = 4,
        CacheFolder = folder,
        CacheFolderBytes = folderBytes,
        HostCacheBytes = hostBytes,
        HostMemoryBytes = hostMemory,
        Warning = warning =>
        {
            lock (_warnings)
                _warnings.Add(warning);
        },
    });

    private static LlamaToken[] Prompt(int number) => [.. Enumerable.Range(0, 150).Select(i => new LlamaToken(260 + (number * 37 + i * 11) % 500)), new(300 + number)];

    [Fact]
    public async Task A_new_engine_takes_from_the_folder_what_the_one_before_had()
    {
        Completion cold, warm, longer;
        await using (LlamaEngine engine = Start(_folder))
            cold = await engine.CompleteAsync(Prompt(1), s_greedy);
        await using (LlamaEngine engine = Start(_folder))
        {
            EngineProbe probe = new(engine);
            warm = await engine.CompleteAsync(Prompt(1), s_greedy);
            longer = await engine.CompleteAsync([.. Prompt(1)[..120], new(270), new(271)], s_greedy);
            probe.AssertAccounting();
        }
        Assert.Equal(cold.Tokens, warm.Tokens);
        Assert.Equal((0, 150), (cold.Usage.CachedTokens, warm.Usage.CachedTokens));
        Assert.Equal(120, longer.Usage.CachedTokens);
        await using LlamaEngine other = Start(_folder);
        Assert.Equal(0, (await other.CompleteAsync(Prompt(1), s_greedy with { Namespace = "other" })).Usage.CachedTokens);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Host_memory_holds_what_the_context_has_no_room_for()
    {
        await using LlamaEngine engine = Start(null, hostBytes: 1 << 26);
        EngineProbe probe = new(engine);
        Completion[] first = new Completion[8], second = new Completion[8];
        for (int i = 0; i < 8; i++)
            first[i] = await engine.CompleteAsync(Prompt(i), s_greedy);
        for (int i = 0; i < 8; i++)
            second[i] = await engine.CompleteAsync(Prompt(i), s_greedy);
        Assert.Equal(first.Select(answer => answer.Text), second.Select(answer => answer.Text));
        Assert.All(second, answer => Assert.True(answer.Usage.CachedTokens >= 128, $"{answer.Usage.CachedTokens} of {answer.Usage.PromptTokens}"));
        probe.AssertAccounting();
    }

    [Fact]
    public async Task Host_memory_keeps_its_bound_and_what_is_worth_most()
    {
        long size;
        await using (LlamaEngine engine = Start(null, hostBytes: 1 << 26))
        {
            for (int i = 0; i < 4; i++)
                await engine.CompleteAsync(Prompt(i), s_greedy);
            CacheTiers tiers = (CacheTiers)engine.Loop.Cache.Store!;
            size = await engine.Loop.Post(() => tiers.HostBytes / 2);      // of four two are in the context
        }
        long limit = 2 * size + 1000;
        await using (LlamaEngine engine = Start(null, hostBytes: limit))
        {
            CacheTiers tiers = (CacheTiers)engine.Loop.Cache.Store!;
            for (int i = 0; i < 12; i++)
            {
                await engine.CompleteAsync(Prompt(i), s_greedy);
                Assert.InRange(await engine.Loop.Post(() => tiers.HostBytes), 0, limit);
            }
            Assert.Equal(0, (await engine.CompleteAsync(Prompt(0), s_greedy)).Usage.CachedTokens);      // the oldest went
            Assert.InRange((await engine.CompleteAsync(Prompt(11), s_greedy)).Usage.CachedTokens, 128, 150);
        }
    }

    [Fact]
    public async Task What_a_dead_process_left_half_written_is_removed_in_time_and_a_listener_that_throws_harms_nobody()
    {
        string old = Path.Combine(_folder, "old.kv.1.tmp"), young = Path.Combine(_folder, "young.kv.2.tmp"), damaged = Path.Combine(_folder, "damaged.kv");
        foreach (string path in new[] { old, young, damaged })
            File.WriteAllText(path, "half");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        await using (LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions
        {
            Context = Pocket.Options with { ContextSize = 512 },
            CacheFolder = _folder,
            Warning = warning =>
            {
                lock (_warnings)
                    _warnings.Add(warning);
                throw new InvalidOperationException("the listener's own");
            },
        }))
            await engine.CompleteAsync(Prompt(1), s_greedy);
        Assert.Equal([false, true, false], new[] { old, young, damaged }.Select(File.Exists));
        Assert.Equal(2, _warnings.Count);
        Assert.Single(Directory.GetFiles(_folder, "*.kv"));
    }

    [Fact]
    public async Task A_folder_that_goes_away_costs_a_warning_and_no_answer()
    {
        string folder = Path.Combine(_folder, "gone");
        await using (LlamaEngine engine = Start(folder))
        {
            Completion first = await engine.CompleteAsync(Prompt(1), s_greedy);
            Directory.Delete(folder, recursive: true);
            for (int i = 2; i < 6; i++)      // evicts
                Assert.Equal(10, (await engine.CompleteAsync(Prompt(i), s_greedy)).Tokens.Count);
            Assert.Equal(first.Tokens, (await engine.CompleteAsync(Prompt(1), s_greedy)).Tokens);
        }
        Assert.NotEmpty(_warnings);
        Assert.All(_warnings, warning => Assert.Contains(folder, warning));
    }

    [Theory]
    [InlineData(0.0)]      // the magic
    [InlineData(0.01)]     // lengths, names, tokens
    [InlineData(0.5)]      // cells
    [InlineData(1.0)]      // the end cut off
    public async Task A_damaged_file_is_removed_with_a_warning_and_its_prompt_computed(double place)
    {
        Completion cold, warm;
        await using (LlamaEngine engine = Start(_folder))
            cold = await engine.CompleteAsync(Prompt(1), s_greedy);
        string path = Assert.Single(Directory.GetFiles(_folder));
        byte[] bytes = File.ReadAllBytes(path);
        if (place < 1)
            bytes[(int)(place * bytes.Length)] ^= 0x40;
        File.WriteAllBytes(path, place < 1 ? bytes : bytes[..^7]);
        File.WriteAllText(Path.Combine(_folder, "foreign.kv"), "no stored sequence at all, but long enough to have a header of that length");
        await using (LlamaEngine engine = Start(_folder))
            warm = await engine.CompleteAsync(Prompt(1), s_greedy);
        Assert.Equal(cold.Tokens, warm.Tokens);
        Assert.Equal(0, warm.Usage.CachedTokens);
        Assert.Equal(2, _warnings.Count);
        await using LlamaEngine repaired = Start(_folder);
        Assert.Equal(150, (await repaired.CompleteAsync(Prompt(1), s_greedy)).Usage.CachedTokens);
    }

    [Fact]
    public async Task Files_are_read_for_requests_that_wait_while_others_are_served()
    {
        Completion[] cold = new Completion[4], warm;
        await using (LlamaEngine engine = Start(_folder))
            for (int i = 0; i < 4; i++)
                cold[i] = await engine.CompleteAsync(Prompt(i), s_greedy);
        await using (LlamaEngine engine = Start(_folder))
        {
            EngineProbe probe = new(engine);
            warm = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => engine.CompleteAsync(Prompt(i), s_greedy)));
            CacheTiers tiers = (CacheTiers)engine.Loop.Cache.Store!;
            Assert.Equal((4, 0), (tiers.Fetched, tiers.ReadInPlace));
            probe.AssertAccounting();
        }
        Assert.Equal(cold.Select(answer => answer.Text), warm.Select(answer => answer.Text));
        Assert.All(warm, answer => Assert.Equal(150, answer.Usage.CachedTokens));
    }

    [Fact]
    public async Task What_was_read_for_a_request_that_is_gone_makes_room_for_what_others_need()
    {
        await using (LlamaEngine engine = Start(_folder))
            for (int i = 0; i < 3; i++)
                await engine.CompleteAsync(Prompt(i), s_greedy);
        long size = new FileInfo(Directory.GetFiles(_folder)[0]).Length;
        await using (LlamaEngine engine = Start(_folder, hostMemory: size + 100))      // one at a time
        {
            await using TokenStream busy = engine.StreamAsync(Prompt(9), s_greedy with { MaxTokens = 1 });
            for (int i = 0; i < 20; i++)
            {
                using CancellationTokenSource source = new();
                Task<Completion> gone = engine.CompleteAsync(Prompt(i % 3), s_greedy, source.Token);
                source.Cancel();
                await Task.WhenAny(gone);
                Completion answer = await engine.CompleteAsync(Prompt((i + 1) % 3), s_greedy);
                Assert.Equal(150, answer.Usage.CachedTokens);
            }
        }
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Files_of_another_kind_of_cache_are_left_alone()
    {
        await using (LlamaEngine engine = Start(_folder))
            await engine.CompleteAsync(Prompt(1), s_greedy);
        await using (LlamaEngine engine = Start(_folder, keys: CacheType.F32))
            Assert.Equal(0, (await engine.CompleteAsync(Prompt(1), s_greedy)).Usage.CachedTokens);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task The_folder_keeps_its_bound_and_two_engines_share_it()
    {
        long size;
        await using (LlamaEngine engine = Start(_folder))
            await engine.CompleteAsync(Prompt(0), s_greedy);
        size = new FileInfo(Directory.GetFiles(_folder)[0]).Length;
        LlamaEngine first = Start(_folder, folderBytes: 3 * size + 100), second = Start(_folder, folderBytes: 3 * size + 100);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? first : second).CompleteAsync(Prompt(i % 5), s_greedy)));
        await first.DisposeAsync();
        await second.DisposeAsync();
        Assert.InRange(Directory.GetFiles(_folder).Sum(path => new FileInfo(path).Length), size, 3 * size + 100);
        Assert.DoesNotContain(Directory.GetFiles(_folder), path => path.EndsWith(".tmp"));
        Assert.Empty(_warnings);
    }
}
