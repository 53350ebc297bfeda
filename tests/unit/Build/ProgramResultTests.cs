using System.Diagnostics;
using Xunit;

namespace LlamaSpan.UnitTests;

/// <summary>Running programs: what they leave behind, and that none of them can hold up a run for ever.</summary>
public class ProgramResultTests
{
    [Fact]
    public void A_program_that_hangs_is_ended_with_all_that_it_started()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        long start = Stopwatch.GetTimestamp();
        // the second sleep keeps the pipe open when the shell alone ends
        TimeoutException late = Assert.Throws<TimeoutException>(
            () => ProgramResult.Of(TimeSpan.FromSeconds(0.3), "sh", [], [], "-c", "sleep 600 & sleep 600"));
        Assert.Equal("sh was still running after 0.3 seconds and was ended.", late.Message);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_program_that_leaves_its_input_unread_is_judged_by_its_exit_code()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        Assert.Equal(7, ProgramResult.Of("sh", [], new byte[1 << 20], "-c", "exit 7").ExitCode);
    }
}
