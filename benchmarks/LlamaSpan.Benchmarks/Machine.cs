using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LlamaSpan.Benchmarks;

/// <summary>What benchmarks run on, as results are filed: processor, cores and backend, never a host's name.</summary>
/// <param name="Processor">The processor's model.</param>
/// <param name="Cores">Processors that this process may use.</param>
/// <param name="Backend">What computes, such as cpu or cuda.</param>
/// <param name="Commit">The commit checked out, with a + where files differ from it.</param>
internal sealed partial record Machine(string Processor, int Cores, string Backend, string Commit)
{
    /// <summary>For a heading.</summary>
    public string Title => $"{Processor}, {Cores} cores, {Backend}";

    /// <summary>The folder of its results.</summary>
    public string Folder => Path.Combine(
        Repository.PathOf("benchmarks/results"), NotWord().Replace($"{Processor} {Cores} cores {Backend}".ToLowerInvariant(), "-").Trim('-'));

    /// <summary>This machine.</summary>
    public static Machine Current() => new(ProcessorName(), Environment.ProcessorCount, BackendName(), CommitName());

    private static string ProcessorName()
    {
        if (OperatingSystem.IsLinux()
            && ProcessorModel().Match(File.ReadAllText("/proc/cpuinfo")) is { Success: true } model)
            return model.Groups[1].Value;
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string BackendName() =>
        LlamaDevice.All.FirstOrDefault(device => device.Kind == DeviceKind.Gpu) is { } card ? $"{card.Description} {card.Name}" : "CPU";

    private static string CommitName()
    {
        ProgramResult head = ProgramResult.Of("git", "-C", Repository.Root, "rev-parse", "--short", "HEAD");
        ProgramResult changes = ProgramResult.Of("git", "-C", Repository.Root, "status", "--porcelain", "--", ".", ":!benchmarks/results", ":!README.md");
        return head.ExitCode == 0 ? head.Output.Trim() + (changes.Output.Length > 0 ? "+" : "") : "unknown";
    }

    [GeneratedRegex(@"^model name\s*: (.+)$", RegexOptions.Multiline)]
    private static partial Regex ProcessorModel();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotWord();
}
