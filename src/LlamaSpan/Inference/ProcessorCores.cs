using System.Globalization;

namespace LlamaSpan;

/// <summary>How many cores the process may compute on.</summary>
internal static class ProcessorCores
{
    /// <summary>
    /// Physical cores in the process's affinity, at most its share of processor time (cgroup quota, job object), at least 1. Two hardware
    /// threads of one core share the vector units that inference keeps busy, so they count as one.
    /// </summary>
    internal static int Physical { get; } = Count();

    private static int Count()
    {
        int available = Environment.ProcessorCount;      // .NET respects affinity and quota here
        try
        {
            if (OperatingSystem.IsLinux())
                return Math.Max(1, Math.Min(available, LinuxCores(File.ReadAllText("/proc/self/status"), ReadSiblings)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            // no /proc or /sys in this container, or not all of it: fall through
        }
        bool twoThreadsACore = System.Runtime.Intrinsics.X86.X86Base.IsSupported && available > 1;
        return OperatingSystem.IsLinux() || !twoThreadsACore ? available : available / 2;
    }

    /// <summary>Number of distinct cores among the processors that a /proc/self/status text allows.</summary>
    /// <exception cref="FormatException">The text does not tell them, as in some sandboxes.</exception>
    internal static int LinuxCores(string status, Func<int, string?> siblingsOf)
    {
        string allowed = status.Split('\n').FirstOrDefault(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal))
            ?? throw new FormatException("The status has no line Cpus_allowed_list.");
        HashSet<string> cores = [];
        foreach (int processor in ParseList(allowed.AsSpan()[(allowed.IndexOf(':') + 1)..]))
            cores.Add(siblingsOf(processor) ?? processor.ToString(CultureInfo.InvariantCulture));
        return cores.Count;
    }

    /// <summary>Reads a kernel list such as <c>0-3,8,10-11</c>.</summary>
    internal static List<int> ParseList(ReadOnlySpan<char> list)
    {
        List<int> processors = [];
        foreach (Range part in list.Trim().Split(','))
        {
            ReadOnlySpan<char> range = list.Trim()[part];
            int dash = range.IndexOf('-');
            int first = int.Parse(dash < 0 ? range : range[..dash], CultureInfo.InvariantCulture);
            int last = dash < 0 ? first : int.Parse(range[(dash + 1)..], CultureInfo.InvariantCulture);
            for (int processor = first; processor <= last; processor++)
                processors.Add(processor);
        }
        return processors;
    }

    private static string? ReadSiblings(int processor)
    {
        string path = $"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list";
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }
}
