using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LlamaSpan.Benchmarks.Json;

/// <summary>
/// CPU time of the calling thread in nanoseconds, so that a busy machine does not spoil a measurement. Where the system's C library
/// has no such clock it is wall time, and <see cref="Description"/> says so.
/// </summary>
internal static unsafe class ThreadClock
{
    private const int LinuxThreadCpuTime = 3;
    private const int MacThreadCpuTime = 16;

    private static readonly delegate* unmanaged[SuppressGCTransition]<int, long*, int> s_clock = Find();
    private static readonly int s_id = OperatingSystem.IsMacOS() ? MacThreadCpuTime : LinuxThreadCpuTime;

    /// <summary>What is read.</summary>
    public static string Description => s_clock is null ? "wall time" : "thread-CPU time";

    /// <summary>What two readings with nothing in between differ by: part of every interval, taken off by <see cref="Elapsed"/>.</summary>
    public static long Overhead { get; } = MeasureOverhead();

    /// <summary>Nanoseconds since some fixed moment.</summary>
    public static long Now()
    {
        if (s_clock is null)
            return (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
        long* time = stackalloc long[2];   // struct timespec of a 64-bit system: seconds, nanoseconds
        _ = s_clock(s_id, time);
        return time[0] * 1_000_000_000 + time[1];
    }

    /// <summary>Nanoseconds between two readings, without the clock's own.</summary>
    public static long Elapsed(long from, long to) => Math.Max(0, to - from - Overhead);

    private static delegate* unmanaged[SuppressGCTransition]<int, long*, int> Find() =>
        !OperatingSystem.IsWindows() && nint.Size == 8
        && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "clock_gettime", out nint function)
            ? (delegate* unmanaged[SuppressGCTransition]<int, long*, int>)function
            : null;

    private static long MeasureOverhead()
    {
        List<long> differences = [];
        for (int i = 0; i < 100_000; i++)
        {
            long from = Now();
            differences.Add(Now() - from);
        }
        differences.Sort();
        return differences[differences.Count / 10];
    }
}
