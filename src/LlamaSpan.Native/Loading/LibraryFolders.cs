using System.Runtime.InteropServices;

namespace LlamaSpan.Native;

/// <summary>Where llama.cpp's libraries are looked for.</summary>
internal static class LibraryFolders
{
    /// <summary>The environment variable that names the folder of the libraries.</summary>
    public const string Variable = "LLAMASPAN_NATIVE_DIR";

    /// <summary>The folder that the environment variable names, null where it is unset.</summary>
    public static string? FromEnvironment =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    /// <summary>The folders to look in when neither the caller nor the environment names one, in order.</summary>
    public static IEnumerable<string> Default()
    {
        string application = AppContext.BaseDirectory;
        foreach (string runtime in RuntimeIdentifiers().Distinct())
            yield return Path.Combine(application, "runtimes", runtime, "native");
        yield return application;

        // where the host found native assets of packages, and where a single-file program unpacked its own
        string listed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (string folder in listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            yield return folder;

        for (DirectoryInfo? folder = new(application); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "native", "llama.lock")))
                yield return Path.Combine(folder.FullName, "artifacts", "native", "lib");
        }
    }

    private static IEnumerable<string> RuntimeIdentifiers()
    {
        yield return RuntimeInformation.RuntimeIdentifier;
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        yield return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }
}
