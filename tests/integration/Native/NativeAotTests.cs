using System.Runtime.InteropServices;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>The smoke program, published ahead of time: no warning, and the tokens that the .NET runtime gives.</summary>
[Collection(PackageTests.Builds)]
public sealed class NativeAotTests
{
    [Fact]
    public void A_program_published_by_Native_AOT_gives_the_same_tokens()
    {
        string runtime = $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        string folder = Repository.PathOf("artifacts/aot-smoke");
        ProgramResult publish = ProgramResult.Of("dotnet", "publish", Repository.PathOf("tests/aot/LlamaSpan.AotSmoke.csproj"),
            "-c", "Release", "-r", runtime, "-o", folder, "--nologo", "-nodeReuse:false");
        Assert.True(publish.ExitCode == 0, publish.Output + publish.Errors);
        Assert.DoesNotContain("warning", publish.Output);

        string[] arguments = ["generate", Pocket.Path, "40", "<|im_start|>user\nWhere is Velmora Optics based?"];
        string program = Path.Combine(folder, OperatingSystem.IsWindows() ? "LlamaSpan.AotSmoke.exe" : "LlamaSpan.AotSmoke");
        ProgramResult native = ProgramResult.Of(program, arguments), managed = SmokeProgram.Run(arguments);
        Assert.Equal(0, native.ExitCode);
        Assert.Equal("", native.Errors);
        Assert.True(native.Lines.Length > 40);
        Assert.Equal(managed.Lines, native.Lines);
    }
}
