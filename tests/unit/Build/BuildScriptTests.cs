using System.Text.RegularExpressions;
using Xunit;

namespace LlamaSpan.UnitTests.Build;

/// <summary>build.sh as one meets it, and build.ps1 beside it.</summary>
public sealed partial class BuildScriptTests : IDisposable
{
    private static readonly string[] s_verbs = ["native", "bindings", "build", "run", "test", "soak", "bench", "peers", "pack", "clean"];
    private readonly string _tools = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public void Dispose() => Directory.Delete(_tools, recursive: true);

    [Fact]
    public void Both_scripts_have_the_same_verbs()
    {
        string shell = File.ReadAllText(Repository.PathOf("build.sh")), power = File.ReadAllText(Repository.PathOf("build.ps1"));
        Assert.Equal(s_verbs, ShellVerb().Matches(shell).Select(match => match.Groups[1].Value));
        Assert.Equal(s_verbs, PowerVerb().Matches(power).Select(match => match.Groups[1].Value));
        Assert.All(s_verbs, verb => Assert.Matches($@"(?m)^  {verb} ", power));
    }

    [Fact]
    public void Without_a_verb_it_explains_itself_and_an_unknown_one_is_an_error()
    {
        ProgramResult help = Run();
        Assert.Equal(0, help.ExitCode);
        Assert.All(s_verbs, verb => Assert.Matches($@"(?m)^  {verb} ", help.Output));
        ProgramResult unknown = Run("nonsense");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("nonsense", unknown.Errors);
    }

    [Theory]
    [InlineData("native", "git", "git is missing: install git (https://git-scm.com/downloads)")]
    [InlineData("native", "cmake", "cmake is missing: install CMake 3.21 or newer (https://cmake.org/download)")]
    [InlineData("native", "c++ g++ clang++", "a C++ compiler is missing: install g++ or clang++")]
    [InlineData("run", "dotnet", "dotnet is missing: install the .NET 10 SDK (https://dotnet.microsoft.com/download)")]
    [InlineData("test", "dotnet", "dotnet is missing: install the .NET 10 SDK (https://dotnet.microsoft.com/download)")]
    public void A_missing_tool_gets_one_line(string verb, string missing, string line)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a shell script");
        foreach (string tool in (string[])["bash", "dirname", "git", "cmake", "ninja", "c++", "g++", "dotnet"])
            if (!missing.Split(' ').Contains(tool))
                Provide(tool);
        ProgramResult result = ProgramResult.Of("bash", [("PATH", _tools), ("CXX", "")], Repository.PathOf("build.sh"), verb);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Equal(line, result.Errors.Trim());
    }

    [Theory]
    [InlineData("", "Set LLAMASPAN_BINDINGS_GENERATOR to a ClangSharpPInvokeGenerator 22.1.8 of your own.")]
    [InlineData("/nowhere/generator", "LLAMASPAN_BINDINGS_GENERATOR names no program: /nowhere/generator")]
    public void Bindings_without_their_generator_say_what_to_do(string generator, string message)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a shell script");
        foreach (string tool in (string[])["bash", "dirname", "git", "cmake", "ninja", "c++"])
            Provide(tool);
        string dotnet = Path.Combine(_tools, "dotnet");
        File.WriteAllText(dotnet, "#!/bin/sh\n[ \"$1\" != tool ]\n");      // there, but it cannot restore a tool
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ProgramResult result = ProgramResult.Of(
            "bash", [("PATH", _tools), ("CXX", ""), ("LLAMASPAN_BINDINGS_GENERATOR", generator)], Repository.PathOf("build.sh"), "bindings");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.EndsWith(message, result.Errors.Trim());
    }

    // stand-ins that do nothing: whatever the script asks first must be what is missing
    private void Provide(string tool) =>
        File.CreateSymbolicLink(Path.Combine(_tools, tool), tool is "bash" or "dirname" ? $"/usr/bin/{tool}" : "/bin/true");

    private static ProgramResult Run(params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a shell script");
        return ProgramResult.Of("bash", [Repository.PathOf("build.sh"), .. arguments]);
    }

    [GeneratedRegex(@"(?m)^        (\w+)\) (?!help)\w+")]
    private static partial Regex ShellVerb();

    [GeneratedRegex(@"(?m)^    '(\w+)' \{ (?!Show)")]
    private static partial Regex PowerVerb();
}
