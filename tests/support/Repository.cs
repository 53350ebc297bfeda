namespace LlamaSpan.TestSupport;

/// <summary>Where the files that tests read stand.</summary>
public static class Repository
{
    /// <summary>The folder of LlamaSpan.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file of the repository, from its path with forward slashes.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>A program that <c>./build.sh native</c> delivers.</summary>
    public static string NativeProgram(string name) =>
        OperatingSystem.IsWindows() ? PathOf($"artifacts/native/lib/{name}.exe") : PathOf($"artifacts/native/bin/{name}");

    static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "LlamaSpan.slnx")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds LlamaSpan.slnx.");
    }
}
