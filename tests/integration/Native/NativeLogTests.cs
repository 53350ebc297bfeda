using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>llama.cpp's log, in processes of their own: it is one for a process.</summary>
public sealed class NativeLogTests
{
    [Fact]
    public void Nothing_is_printed_unless_asked_for()
    {
        ProgramResult result = Log("none");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Errors);
        string only = Assert.Single(result.Lines);
        Assert.True(int.Parse(only) > 1, "the exception carries the lines that explain it");
    }

    [Theory]
    [InlineData("Debug")]
    [InlineData("Information")]
    [InlineData("Error")]
    public void A_sink_gets_whole_lines_of_its_level_and_above(string level)
    {
        ProgramResult result = Log(level);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Errors);
        string[] lines = result.Lines[..^1];
        Assert.NotEmpty(lines);
        NativeLogLevel minimum = Enum.Parse<NativeLogLevel>(level);
        foreach (string line in lines)
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            Assert.True(Enum.Parse<NativeLogLevel>(line[..colon]) >= minimum, line);
            Assert.NotEqual("", line[colon..].Trim(' ', ':', '.'));
        }
        Assert.Equal(level != "Error", lines.Any(line => line.Contains("general.architecture str")));
    }

    [Fact]
    public void What_a_sink_throws_changes_nothing()
    {
        ProgramResult result = Log("Throwing");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Errors);
        Assert.Equal(Log("none").Lines, result.Lines);
    }

    private static ProgramResult Log(string level)
    {
        string damaged = TestFiles.Get("no-number.gguf", path => ChangedModel.Write(
            TestModels.LlamaF32, path, (name, values) => values[3] = name == "blk.1.ffn_up.weight" ? float.NaN : values[3]));
        return SmokeProgram.Run("log", Pocket.Path, damaged, level);
    }
}
