using System.Collections.Concurrent;

namespace LlamaSpan.TestSupport;

/// <summary>Files that tests make once and keep under artifacts/test-models, until the code that makes them changes.</summary>
public static class TestFiles
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_files = new();

    // deterministic builds: the same code, the same identifier
    private static readonly Lazy<string> s_folder = new(() => Prepare(typeof(TestFiles).Module.ModuleVersionId.ToString("N")));

    /// <summary>A file by its name, made where it is missing.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="make">Writes it to the path it is given.</param>
    /// <returns>The file's path.</returns>
    public static string Get(string name, Action<string> make) => s_files.GetOrAdd(name, _ => new Lazy<string>(() =>
    {
        string path = Path.Combine(s_folder.Value, name);
        if (!File.Exists(path))
        {
            // another process may be making the same: each writes its own, the last one stays
            string unfinished = $"{path}.{Environment.ProcessId}";
            make(unfinished);
            File.Move(unfinished, path, overwrite: true);
        }
        return path;
    })).Value;

    private static string Prepare(string version)
    {
        DirectoryInfo all = Directory.CreateDirectory(Repository.PathOf("artifacts/test-models"));
        foreach (DirectoryInfo old in all.GetDirectories().Where(folder => folder.Name != version && folder.LastWriteTimeUtc < DateTime.UtcNow.AddHours(-2)))
            old.Delete(recursive: true);
        return all.CreateSubdirectory(version).FullName;
    }
}
