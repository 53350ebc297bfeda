using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace LlamaSpan.Benchmarks.Micro;

/// <summary><c>bench [arguments]</c>: the micro-benchmarks of this folder by BenchmarkDotNet, which gets the arguments.</summary>
internal static class MicroBench
{
    /// <summary>
    /// In this process, from whose folder the native libraries are found, and with bounds: all of the benchmarks take about three minutes on two
    /// idle cores, where BenchmarkDotNet's own choices take half an hour and more on busy ones.
    /// </summary>
    private static Job Bounded => Job.Default.WithId("bounded").WithToolchain(InProcessEmitToolchain.Instance)
        .WithIterationTime(TimeInterval.FromMilliseconds(150)).WithWarmupCount(5).WithMinIterationCount(10).WithMaxIterationCount(20);

    public static int Run(string[] args)
    {
        Machine machine = Machine.Current();
        IConfig config = DefaultConfig.Instance
            .AddDiagnoser(MemoryDiagnoser.Default)
            .WithArtifactsPath(Path.Combine(TestSupport.Repository.Root, "artifacts", "benchmarks"));
        if (!args.Any(argument => argument is "--job" or "-j"))
            config = config.AddJob(Bounded);
        bool asks = args.Any(argument => argument is "--list" or "--help" or "--version" or "--info");
        List<string> arguments = [.. args];
        if (!asks && args.Any(argument => argument is "--job" or "-j"))
            arguments.Add("--inProcess");
        if (!asks && !args.Any(argument => argument is "--filter" or "-f"))
            arguments.AddRange("--filter", "*");
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(MicroBench).Assembly).Run([.. arguments], config)];
        if (asks)
            return 0;

        // in-process runs can end with no report at all and call that success
        int expected = summaries.Sum(summary => summary.BenchmarksCases.Length), measured = summaries.Sum(summary => summary.Reports.Count(report => report.Success));
        Console.WriteLine($"{measured} of {expected} benchmarks measured on {machine.Title}");
        if (expected == 0 || measured < expected)
            return 1;
        MicroReport.Save(machine, summaries);
        return 0;
    }
}
