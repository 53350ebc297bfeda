using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>What `./build.sh soak` runs: random schedules for as long as is asked, one engine after another, with memory that stays flat.</summary>
public sealed class SoakTests
{
    private static readonly string[] s_names = ["llama-f32", "mistral", "gemma2-f32", "hybrid-f32", "llama", "experts"];

    [Fact(Explicit = true)]
    public async Task Random_load_for_a_while()
    {
        TimeSpan length = TimeSpan.FromMinutes(double.Parse(Environment.GetEnvironmentVariable("LLAMASPAN_SOAK_MINUTES") ?? "10", CultureInfo.InvariantCulture));
        int seed = int.Parse(Environment.GetEnvironmentVariable("LLAMASPAN_SOAK_SEED") ?? "1", CultureInfo.InvariantCulture);
        LlamaModel[] models = [.. s_names.Select(name => LlamaModel.Load(TestModels.PathOf(name)))];
        string folder = Directory.CreateTempSubdirectory("llamaspan-soak-").FullName;
        Stopwatch clock = Stopwatch.StartNew();
        long baseline = 0, megabytes = 0;
        int rounds = 0, completed = 0, cancelled = 0;
        Console.WriteLine($"soak: {length.TotalMinutes} minutes from seed {seed}");
        try
        {
            for (; clock.Elapsed < length || rounds < 2 * s_names.Length; rounds++)
            {
                int which = rounds % s_names.Length;
                LlamaModel model = models[which];
                FlashAttention attention = rounds / s_names.Length % 2 == 0 ? FlashAttention.Off : FlashAttention.On;
                string? store = rounds % 3 == 0 ? null : Path.Combine(folder, $"{s_names[which]}-{attention}");
                using RandomSchedule schedule = new(model, s_names[which], attention, seed + rounds, model.IsRecurrent || rounds % 4 == 0 ? null : model, store);
                await schedule.RunAsync(requests: 32);
                (completed, cancelled) = (completed + schedule.Completed, cancelled + schedule.Cancelled);
                megabytes = PrivateMegabytes();
                if (baseline == 0 && clock.Elapsed > length / 4 && rounds >= s_names.Length)
                    baseline = megabytes;
                Console.WriteLine($"{clock.Elapsed:hh\\:mm\\:ss} seed {seed + rounds}, {schedule.Report}, {megabytes} MB, {GC.GetTotalMemory(false) >> 20} MB of it managed");
            }
        }
        finally
        {
            foreach (LlamaModel model in models)
                model.Dispose();
            Directory.Delete(folder, recursive: true);
        }
        Console.WriteLine($"soak: {rounds} engines, {completed} requests completed, {cancelled} cancelled, memory {baseline} MB after a quarter and {megabytes} MB at the end");
        Assert.True(megabytes <= baseline + Math.Max(48, baseline / 5), $"memory grew from {baseline} to {megabytes} MB");
    }

    private static long PrivateMegabytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using Process process = Process.GetCurrentProcess();
        return (OperatingSystem.IsLinux() ? Resident() : process.PrivateMemorySize64) >> 20;
    }

    private static long Resident() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
