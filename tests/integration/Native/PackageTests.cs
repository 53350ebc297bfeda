using System.Runtime.InteropServices;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>
/// The packages, used as a stranger uses them: by a project outside of the checkout (tests/package) that knows a folder of packages only.
/// The short run packs the native libraries that are built already; the long run those of <c>./build.sh pack</c>, whose CPU backends are
/// modules and take minutes to build.
/// </summary>
[Collection(Builds)]
public sealed class PackageTests : IDisposable
{
    /// <summary>Tests that build with the SDK, which must not do so at once.</summary>
    internal const string Builds = "builds";

    private const string Version = "0.1.0-smoke";
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-package").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_project_with_the_packages_alone_runs_a_model()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "the one package of native libraries is for linux-x64");
        if (TestRun.IsLong)
            Run("bash", Repository.PathOf("build.sh"), "pack");
        string native = Repository.PathOf(TestRun.IsLong ? "artifacts/package/" : "artifacts/native/"), packages = Path.Combine(_folder, "packages");
        foreach (string project in (string[])["LlamaSpan.Native", "LlamaSpan", "runtimes/LlamaSpan.Runtime.linux-x64.Cpu"])
        {
            Run("dotnet", "pack", Repository.PathOf($"src/{project}"), "-c", "Release", project.StartsWith("runtimes", StringComparison.Ordinal) ? "-nologo" : "--no-build",
                "-v", "quiet", "-nodeReuse:false", $"-p:Version={Version}", $"-p:NativeFolder={native}", "-o", packages);
        }

        string application = Path.Combine(_folder, "application"), output = Path.Combine(application, "out");
        Directory.CreateDirectory(application);
        foreach (string file in Directory.GetFiles(Repository.PathOf("tests/package")))
            File.Copy(file, Path.Combine(application, Path.GetFileName(file)));
        WriteConfiguration(application, packages);
        Run("dotnet", "build", Path.Combine(application, "PackageSmoke.csproj"), "-c", "Release", "-v", "quiet", "-nodeReuse:false", $"-p:LlamaSpanVersion={Version}", "-o", output);

        const string Text = "<|im_start|>user\nWhere is Velmora Optics based?";
        ProgramResult result = ProgramResult.Of("dotnet", [("LLAMASPAN_NATIVE_DIR", "")], Path.Combine(output, "PackageSmoke.dll"), Pocket.Path, Text);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Equal("", result.Errors);
        Assert.Equal(Path.Combine(output, "runtimes", "linux-x64", "native"), result.Lines[0]);
        using LlamaContext context = Pocket.Context();
        GenerationOptions greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 8 };
        Assert.Equal(new TextGenerator(context).Complete(Pocket.Model.Vocabulary.Tokenize(Text), greedy).Text, string.Join('\n', result.Lines[1..]));
    }

    /// <summary>The packages beside the usual sources; what is restored stays in the test's folder, but packages of others are taken from the user's.</summary>
    private void WriteConfiguration(string application, string packages)
    {
        string usual = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Path.Combine(application, "NuGet.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder, "restored")}" /></config>
              <fallbackPackageFolders><add key="usual" value="{usual}" /></fallbackPackageFolders>
              <packageSources><add key="llamaspan" value="{packages}" /></packageSources>
            </configuration>
            """);
    }

    private static void Run(string program, params string[] arguments)
    {
        ProgramResult result = ProgramResult.Of(program, [("NUGET_PACKAGES", "")], arguments);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}\n{result.Output}{result.Errors}");
    }
}
