using LlamaSpan.Native;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>What is done a thousand times leaves nothing behind; in processes of their own.</summary>
public sealed class LeakTests : IDisposable
{
    private const int BytesEach = 1024;

    // a compiler at work in the background, or a heap a thread, would look like growth
    private static readonly (string Name, string Value)[] s_steady =
        [("MALLOC_ARENA_MAX", "1"), ("DOTNET_TieredCompilation", "0"), ("DOTNET_gcConcurrent", "0")];

    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Loads_that_the_check_refuses()
    {
        string path = Path.Combine(_folder, "cut.gguf");
        byte[] file = File.ReadAllBytes(Pocket.Path);
        File.WriteAllBytes(path, file.AsSpan(0, file.Length - 100));
        AssertFlat("failed-load", path, 1000);
    }

    [Fact]
    public void Loads_that_llama_cpp_refuses()
    {
        string path = Path.Combine(_folder, "unknown.gguf");
        using (GgufBuilder builder = new())
        {
            builder.CopyMetadata(Pocket.Path).Set("general.architecture", "none-such");
            builder.Add("token_embd.weight", ggml_type.GGML_TYPE_F32, [32], new float[32]);
            builder.Save(path);
        }
        Assert.Equal(ModelLoadFailure.Refused, Assert.Throws<ModelLoadException>(() => LlamaModel.Load(path)).Reason);
        AssertFlat("failed-load", path, 1000);
    }

    [Fact]
    public void Loads_that_are_cancelled() => AssertFlat("cancelled-load", Pocket.Path, TestRun.IsLong ? 1000 : 200);

    [Fact]
    public void Contexts_that_are_refused() => AssertFlat("failed-context", Pocket.Path, 1000);

    [Fact]
    public void Contexts_that_are_made() => AssertFlat("context", Pocket.Path, TestRun.IsLong ? 1000 : 300);

    [Fact]
    public void Models_that_are_loaded() => AssertFlat("load", Pocket.Path, TestRun.IsLong ? 1000 : 100);

    [Fact]
    public void Templates_that_are_refused_or_fail() => AssertFlat("failed-template", Pocket.Path, 1000);

    private static void AssertFlat(string what, string path, int count)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        ProgramResult result = SmokeProgram.Run(s_steady, "grow", what, path, $"{count}");
        Assert.True(result.ExitCode == 0, result.Errors);
        long bytes = long.Parse(result.Output) * 1024;
        const int Slack = 8 << 20;      // of the heaps of .NET and C, and of the pool of arrays
        Assert.True(bytes < Slack + (count * BytesEach), $"{bytes:N0} bytes after {count}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {bytes:N0} bytes after {count}");
    }
}
