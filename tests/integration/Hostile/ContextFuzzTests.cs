using System.Globalization;
using Xunit;

namespace LlamaSpan.IntegrationTests.Hostile;

/// <summary>
/// Contexts made and used at random in a child process (tests/aot/ContextFuzz.cs): whatever is not possible is refused by an exception of
/// ours, and native code never ends the process. Some seeds by default, more where LLAMASPAN_LONG is 1.
/// </summary>
public sealed class ContextFuzzTests
{
    public static TheoryData<string> Names => [.. TestModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_options_and_no_calls_end_the_process(string name)
    {
        int count = TestRun.IsLong ? 250 : 40;
        ProgramResult result = SmokeProgram.Run([("GGML_NO_BACKTRACE", "1")],
            "fuzz", TestModels.PathOf(name), "1", count.ToString(CultureInfo.InvariantCulture));
        Assert.True(result.ExitCode == 0, $"{result.Lines[^1]}\n{result.Errors}");
        Assert.Equal(count, result.Lines.Length);
    }
}
