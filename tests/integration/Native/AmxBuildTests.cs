using System.Diagnostics;
using Xunit;

namespace LlamaSpan.IntegrationTests;

public class AmxBuildTests
{
    [Fact]
    public void Every_byte_of_a_tile_configuration_reaches_the_instruction()
    {
        string probe = Repository.NativeProgram("tile-config-probe");
        Assert.SkipUnless(File.Exists(probe), "built by GCC on x86-64 Linux only");

        using Process process = Process.Start(new ProcessStartInfo(probe) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.Equal("0 of 64 bytes differ from the tile configuration", output.Trim());
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void The_matrix_kernels_of_AMX_are_compiled_with_the_whole_configuration()
    {
        string commands = Repository.PathOf("artifacts/build/local/compile_commands.json");
        Assert.SkipUnless(
            File.Exists(commands) && File.Exists(Repository.NativeProgram("tile-config-probe")),
            "built by GCC on x86-64 Linux only");

        string[] kernels = [.. File.ReadLines(commands).Where(
            line => line.Contains("\"command\"", StringComparison.Ordinal) && line.Contains("amx/mmq.cpp", StringComparison.Ordinal))];

        Assert.NotEmpty(kernels);
        Assert.All(kernels, command => Assert.Contains("native/amx/tile-config.h", command));
    }
}
