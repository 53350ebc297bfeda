using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace LlamaSpan.Benchmarks.Micro;

/// <summary><c>bench [arguments]</c>: the micro-benchmarks of this folder by BenchmarkDotNet, which gets the arguments.</summary>
internal static class MicroBench
{
    public static int Run(string[] args)
    {
        Machine machine = Machine.Current();
        IConfig config = DefaultConfig.Instance
            .AddDiagnoser(MemoryDiagnoser.Default)
            .WithArtifactsPath(Path.Combine(TestSupport.Repository.Root, "artifacts", "benchmarks"));
        bool asks = args.Any(argument => argument is "--list" or "--help" or "--version" or "--info");
        List<string> arguments = [.. args];
        if (!asks)
            arguments.Add("--inProcess");      // the native libraries are found from this program's folder
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
