using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>A process that writes cached sequences to a folder until it is killed: this program, with one method to run.</summary>
public sealed class WriterProcess : IDisposable
{
    internal const string Warnings = ".warnings";
    private const string Variable = "LLAMASPAN_TEST_WRITER";

    private readonly string _progress;
    private readonly Process _process;

    internal WriterProcess(string folder, string name, long bytes = 1L << 30)
    {
        _progress = Path.Combine(folder, name);
        File.Delete(_progress);
        ProcessStartInfo start = new("dotnet", [typeof(Work).Assembly.Location, "-method", $"*{nameof(Work.Writes_until_it_is_killed)}", "-explicit", "only"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [Variable] = $"{bytes} {name} {folder}" },
        };
        _process = Process.Start(start)!;
    }

    /// <summary>Waits until it has answered so many prompts.</summary>
    internal async Task WriteAsync(int prompts)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(120));
        while (!File.Exists(_progress) || new FileInfo(_progress).Length < prompts)
        {
            Assert.False(_process.HasExited, "the writer ended by itself");
            await Task.Delay(5, limit.Token);
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>What the process runs; no test by itself.</summary>
    public sealed class Work
    {
        [Fact(Explicit = true)]
        public async Task Writes_until_it_is_killed()
        {
            string? orders = Environment.GetEnvironmentVariable(Variable);
            Assert.SkipWhen(orders is null, "Only the process that another test kills runs this.");
            string[] words = orders!.Split(' ', 3);
            (long bytes, string name, string folder) = (long.Parse(words[0], CultureInfo.InvariantCulture), words[1], words[2]);
            await using LlamaEngine engine = KilledWriterTests.Start(folder, warning => File.AppendAllText(Path.Combine(folder, name + Warnings), warning), bytes);
            for (int i = 0; ; i++)
            {
                await engine.CompleteAsync(KilledWriterTests.Prompt(i % KilledWriterTests.Prompts), KilledWriterTests.s_greedy);      // each evicts the one before
                File.AppendAllText(Path.Combine(folder, name), ".");
            }
        }
    }
}
