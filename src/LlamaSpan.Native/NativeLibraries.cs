using System.Runtime.InteropServices;

namespace LlamaSpan.Native;

/// <summary>Finds and loads the native libraries.</summary>
public static class NativeLibraries
{
    private static readonly Lazy<string> s_folder = new(Find);

    /// <summary>Makes the imports resolve; call it once before the first.</summary>
    /// <exception cref="NativeLibraryException">The libraries are not found.</exception>
    public static void Load()
    {
        string folder = s_folder.Value;
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, (name, _, _) => NativeLibrary.Load(Path.Combine(folder, FileName(name))));
    }

    /// <summary>Loads backends that are modules of their own, where the build has such.</summary>
    public static void LoadBackends()
    {
        if (NativeMethods.ggml_backend_reg_count() == 0)
            NativeMethods.ggml_backend_load_all();
    }

    private static string Find()
    {
        List<string> folders = [];
        if (Environment.GetEnvironmentVariable("LLAMASPAN_NATIVE_DIR") is { Length: > 0 } named)
            folders.Add(named);
        folders.Add(Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"));
        folders.Add(AppContext.BaseDirectory);
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            folders.Add(Path.Combine(folder.FullName, "artifacts", "native", "lib"));
        return folders.Find(folder => File.Exists(Path.Combine(folder, FileName("llama"))))
            ?? throw new NativeLibraryException($"{FileName("llama")} is in none of: {string.Join(", ", folders)}. Build it with ./build.sh native.");
    }

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}
