using System.Collections.Concurrent;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Processes that die while they write cached sequences to a folder.</summary>
public sealed class KilledWriterTests : IDisposable
{
    internal const int Prompts = 12;

    internal static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 4, IgnoreEndOfGeneration = true };

    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-killed-").FullName;

    internal static LlamaToken[] Prompt(int number) => [.. Enumerable.Range(0, 200).Select(i => new LlamaToken(260 + (number * 37 + i * 11) % 500)), new(300 + number)];

    internal static LlamaEngine Start(string folder, Action<string>? warning = null, long bytes = 1L << 30) => LlamaEngine.Start(Pocket.Model, new EngineOptions
    {
        Context = Pocket.Options with { ContextSize = 256, FlashAttention = FlashAttention.Off },
        CacheFolder = folder,
        CacheFolderBytes = bytes,
        Warning = warning,
    });

    [Fact]
    public async Task A_folder_survives_whenever_its_writer_is_killed()
    {
        Random random = new(1);
        for (int round = 0; round < 3; round++)
        {
            using WriterProcess writer = new(_folder, "writer");
            await writer.WriteAsync(random.Next(1, 12));
            await Task.Delay(random.Next(7));
        }
        ConcurrentQueue<string> warnings = [];
        await using LlamaEngine engine = Start(_folder, warnings.Enqueue);
        Assert.True(await CachedIn(engine) > 0);
        Assert.Equal([], warnings);
    }

    [Fact]
    public async Task Processes_share_a_folder_that_has_room_for_few_and_is_short_of_it_all_the_time()
    {
        await using (LlamaEngine engine = Start(_folder))
            await engine.CompleteAsync(Prompt(0), s_greedy);
        long bytes = 5 * new FileInfo(Assert.Single(Directory.GetFiles(_folder))).Length + 100;
        ConcurrentQueue<string> warnings = [];
        using (WriterProcess first = new(_folder, "first", bytes), second = new(_folder, "second", bytes))
        {
            await Task.WhenAll(first.WriteAsync(5), second.WriteAsync(5));
            for (int round = 0; round < 2; round++)      // what they remove meanwhile may be just what is wanted here
            {
                await using LlamaEngine engine = Start(_folder, warnings.Enqueue, bytes);
                await CachedIn(engine);
            }
            await Task.WhenAll(first.WriteAsync(20), second.WriteAsync(20));
        }
        Assert.Equal([], warnings);
        Assert.DoesNotContain(Directory.GetFiles(_folder), file => file.EndsWith(WriterProcess.Warnings));
        await using LlamaEngine last = Start(_folder, warnings.Enqueue);      // with room: it removes nothing before it comes to it
        Assert.True(await CachedIn(last) > 0);
        Assert.Equal([], warnings);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Asks all prompts, has each answer compared with a fresh context, and tells how much of them was cached.</summary>
    private static async Task<int> CachedIn(LlamaEngine engine)
    {
        using TeacherForcing forcing = new(Pocket.Model, Pocket.Options with { FlashAttention = FlashAttention.Off }, bound: 0.01f);
        int cached = 0;
        for (int i = 0; i < Prompts; i++)
        {
            Dictionary<int, float[]> logits = [];
            await using TokenStream stream = engine.Stream(Prompt(i), s_greedy, (index, row) => logits[index] = row, default);
            List<LlamaToken> tokens = [];
            await foreach (Utf8Piece piece in stream)
                tokens.Add(piece.Token);
            cached += stream.Usage.CachedTokens;
            forcing.Check(Prompt(i), tokens, logits, greedy: true);
        }
        return cached;
    }
}
