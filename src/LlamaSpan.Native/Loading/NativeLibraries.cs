using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlamaSpan.Native;

/// <summary>
/// Finds llama.cpp's libraries, loads them and checks that they are the ones the bindings were generated from. The first call of any
/// function of <see cref="NativeMethods"/> does so by itself; <see cref="Load"/> does so at a time of one's choosing, or from a folder
/// of one's choosing. It happens once a process.
/// </summary>
/// <remarks>
/// Looked in, in this order: the folder given to <see cref="Load"/>; the folder that the environment variable LLAMASPAN_NATIVE_DIR
/// names; the application's runtimes/RID/native folder and its own folder; folders of packages that the .NET host knows;
/// artifacts/native/lib of the checkout that the application lies in; the system's folders. A folder that the caller or the environment
/// names is the only one looked in.
/// </remarks>
public static class NativeLibraries
{
    private static readonly Lock s_lock = new();
    private static volatile LibrarySet? s_libraries;
    private static NativeLibraryException? s_failure;

    /// <summary>The folder that the libraries were loaded from; null before that, and where the system found them.</summary>
    public static string? Folder => s_libraries?.Folder;

    /// <summary>Whether the libraries are loaded and checked.</summary>
    public static bool IsLoaded => s_libraries is not null;

    /// <summary>Version of llama.cpp that the bindings were generated from, and that the libraries must have.</summary>
    public static string LlamaVersion => LlamaPin.Version;

    /// <summary>Commit of llama.cpp that the bindings were generated from.</summary>
    public static string LlamaCommit => LlamaPin.Commit;

    /// <summary>Loads and checks the libraries, once; later calls do nothing. Thread-safe.</summary>
    /// <param name="folder">The folder that holds them; null to look for them.</param>
    /// <exception cref="NativeLibraryException">
    /// A library is missing, is for another operating system or processor, lacks a library that it needs, or is of another llama.cpp.
    /// After the first two, a later call tries again; after the others it throws the same, since some libraries stay loaded.
    /// </exception>
    /// <exception cref="InvalidOperationException">The libraries were loaded from another folder before.</exception>
    public static void Load(string? folder = null)
    {
        LibrarySet libraries = Loaded(folder);
        if (folder is not null && libraries.Folder != Normalize(folder))
            throw new InvalidOperationException(
                $"llama.cpp's libraries were already loaded from {libraries.Folder ?? "the system's folders"}; they cannot be loaded from {folder} as well.");
    }

    private static LibrarySet Loaded(string? folder)
    {
        if (s_libraries is { } loaded) return loaded;
        lock (s_lock)
        {
            if (s_failure is not null) throw new NativeLibraryException(s_failure.Reason, s_failure.Message, s_failure);
            try
            {
                return s_libraries ??= Find(folder);
            }
            catch (NativeLibraryException failure) when (failure.Reason is not (NativeLibraryFailure.Missing or NativeLibraryFailure.WrongArchitecture))
            {
                s_failure = failure;
                throw;
            }
        }
    }

    private static LibrarySet Find(string? folder)
    {
        if (folder is not null) return LibrarySet.Open(Normalize(folder));
        if (LibraryFolders.FromEnvironment is { } named) return LibrarySet.Open(Normalize(named));
        string file = LibraryNames.FileOf(LibraryNames.Llama);
        string[] folders = [.. LibraryFolders.Default().Select(Normalize).Distinct()];
        if (folders.FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, file))) is { } found) return LibrarySet.Open(found);
        return NativeLibrary.TryLoad(file, out _) ? LibrarySet.Open(null) : throw LibrarySet.Missing(folders);
    }

    private static string Normalize(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Imports may be called without any call of this class.")]
    internal static void RegisterResolver() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath) => Loaded(null).Handle(library);
}
