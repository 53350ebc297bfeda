using System.Diagnostics;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Processes that die while they write cached sequences to a folder.</summary>
public sealed class KilledWriterTests
{
    private const string FolderVariable = "LLAMASPAN_TEST_KILLED_WRITER";
    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 4, IgnoreEndOfGeneration = true };

    private static LlamaToken[] Prompt(int number) => [.. Enumerable.Range(0, 200).Select(i => new LlamaToken(260 + (number * 37 + i * 11) % 500)), new(300 + number)];

    private static LlamaEngine Start(string folder, Action<string>? warning = null) => LlamaEngine.Start(Pocket.Model, new EngineOptions
    {
        Context = Pocket.Options with { ContextSize = 256, FlashAttention = FlashAttention.Off },
        CacheFolder = folder,
        Warning = warning,
    });

    [Fact]
    public async Task A_folder_survives_whenever_its_writer_is_killed()
    {
        string folder = Directory.CreateTempSubdirectory("llamaspan-killed-").FullName;
        try
        {
            Random random = new(1);
            for (int round = 0; round < 3; round++)
                await Kill(folder, random.Next(1, 12));
            List<string> warnings = [];
            await using LlamaEngine engine = Start(folder, warnings.Add);
            using TeacherForcing forcing = new(Pocket.Model, Pocket.Options with { FlashAttention = FlashAttention.Off }, bound: 0.01f);
            int cached = 0;
            for (int i = 0; i < 12; i++)
            {
                Dictionary<int, float[]> logits = [];
                await using TokenStream stream = engine.Stream(Prompt(i), s_greedy, (index, row) => logits[index] = row, default);
                List<LlamaToken> tokens = [];
                await foreach (Utf8Piece piece in stream)
                    tokens.Add(piece.Token);
                cached += stream.Usage.CachedTokens;
                forcing.Check(Prompt(i), tokens, logits, greedy: true, outliersAllowed: false);
            }
            Assert.True(cached > 0);
            Assert.Empty(warnings);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Not a test by itself: what the killed process runs, as long as it lives.</summary>
    [Fact(Explicit = true)]
    public async Task Writes_until_it_is_killed()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException($"{FolderVariable} must name a folder.");
        await using LlamaEngine engine = Start(folder);
        for (int i = 0; ; i++)
        {
            await engine.CompleteAsync(Prompt(i % 40), s_greedy);      // each evicts the one before
            File.AppendAllText(Path.Combine(folder, "progress"), ".");
        }
    }

    /// <summary>Starts a writer and kills it after so many prompts, and a moment.</summary>
    private static async Task Kill(string folder, int prompts)
    {
        string progress = Path.Combine(folder, "progress");
        File.Delete(progress);
        ProcessStartInfo start = new("dotnet", [typeof(KilledWriterTests).Assembly.Location, "-method", $"*{nameof(Writes_until_it_is_killed)}", "-explicit", "only"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [FolderVariable] = folder },
        };
        using Process process = Process.Start(start)!;
        try
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
            while (!File.Exists(progress) || new FileInfo(progress).Length < prompts)
            {
                Assert.False(process.HasExited, "the writer ended by itself");
                await Task.Delay(5, limit.Token);
            }
            await Task.Delay(prompts % 7);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }
}
