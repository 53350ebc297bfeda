using Xunit;

namespace LlamaSpan.UnitTests.Build;

/// <summary>native/fetch-llama.cmake on a small stand-in for llama.cpp, pinned by a lock of its own.</summary>
public sealed class FetchTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public FetchTests()
    {
        Directory.CreateDirectory(Sources);
        File.WriteAllText(Path.Combine(Sources, "CMakeLists.txt"), "project(llama)\n");
        File.WriteAllText(Path.Combine(Sources, "llama.c"), "int llama;\n");
        foreach (string file in (string[])["fetch-llama.cmake", "llama-lock.cmake"])
            File.Copy(Repository.PathOf($"native/{file}"), Path.Combine(_root, "native", file));
        Pin(TreeOf(Sources));
    }

    private string Sources => Path.Combine(_root, "native", "llama.cpp");

    private string Artifacts => Path.Combine(_root, "artifacts");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_pinned_tree_is_taken_and_a_second_run_changes_nothing()
    {
        Accepted();
        string index = Path.Combine(Artifacts, "llama.cpp.git", "index");
        string before = Convert.ToHexString(File.ReadAllBytes(index));
        Assert.DoesNotContain("Verifying", Accepted());
        Assert.Equal(before, Convert.ToHexString(File.ReadAllBytes(index)));
    }

    [Fact]
    public void A_changed_an_added_and_a_missing_file_are_named()
    {
        Accepted();
        File.AppendAllText(Path.Combine(Sources, "llama.c"), "int more;\n");
        Assert.Contains("llama.c", Refused());
        File.WriteAllText(Path.Combine(Sources, "llama.c"), "int llama;\n");
        Accepted();
        File.WriteAllText(Path.Combine(Sources, "extra.c"), "");
        Assert.Contains("extra.c", Refused());
        File.Delete(Path.Combine(Sources, "extra.c"));
        File.Delete(Path.Combine(Sources, "llama.c"));
        Assert.Contains("llama.c", Refused());
    }

    [Fact]
    public void Another_tree_is_refused_with_both_hashes()
    {
        string other = TreeOf(Sources);
        Pin("0123456789012345678901234567890123456789");
        string message = Refused();
        Assert.Contains("0123456789012345678901234567890123456789", message);
        Assert.Contains(other, message);
        Assert.False(Directory.Exists(Path.Combine(Artifacts, "llama.cpp.git")));
    }

    [Fact]
    public void What_an_interrupted_run_left_is_cleared_away()
    {
        Directory.CreateDirectory(Path.Combine(Artifacts, "staging", "repository", "half"));
        Accepted();
        Directory.CreateDirectory(Path.Combine(Artifacts, "staging", "sources"));
        File.WriteAllText(Path.Combine(Artifacts, "llama.cpp.git", "index.lock"), "");
        Accepted();
        Assert.False(Directory.Exists(Path.Combine(Artifacts, "staging")));
    }

    [Fact]
    public void Sources_that_vanished_come_back_from_the_kept_repository()
    {
        Accepted();
        Directory.Delete(Sources, recursive: true);
        Directory.CreateDirectory(Sources);
        Accepted();
        Assert.Equal("int llama;\n", File.ReadAllText(Path.Combine(Sources, "llama.c")));
    }

    private string Accepted()
    {
        ProgramResult result = Run();
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output;
    }

    private string Refused()
    {
        ProgramResult result = Run();
        Assert.NotEqual(0, result.ExitCode);
        return result.Errors;
    }

    private ProgramResult Run() => ProgramResult.Of("cmake", "-P", Path.Combine(_root, "native", "fetch-llama.cmake"));

    private void Pin(string tree) => File.WriteAllText(Path.Combine(_root, "native", "llama.lock"),
        $"VERSION=0.0.0\nCOMMIT=0000000000000000000000000000000000000000\nTREE={tree}\nMIRROR_PACKAGE=none@0.0.0\nMIRROR_BUNDLE=none\n");

    private string TreeOf(string folder)
    {
        string repository = Path.Combine(_root, "hash");
        Git("init", "-q", "--bare", repository);
        Git($"--git-dir={repository}", $"--work-tree={folder}", "add", "--all");
        return Git($"--git-dir={repository}", "write-tree").Trim();
    }

    private static string Git(params string[] arguments)
    {
        ProgramResult result = ProgramResult.Of("git", arguments);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output;
    }
}
