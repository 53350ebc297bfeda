using System.Runtime.InteropServices;

namespace LlamaSpan.Native;

/// <summary>llama.cpp's libraries of one folder, loaded and checked against the pin.</summary>
internal sealed unsafe class LibrarySet
{
    private readonly Dictionary<string, nint> _handles = [];
    private readonly string? _folder;

    private LibrarySet(string? folder) => _folder = folder;

    /// <summary>The folder that the libraries came from, null where the system found them.</summary>
    public string? Folder => _folder;

    /// <summary>Loads and checks the libraries.</summary>
    /// <param name="folder">Their folder, or null to let the system look for them.</param>
    /// <exception cref="NativeLibraryException">
    /// One is missing or for another machine: then nothing was loaded. Or the system cannot load one, or it is of another llama.cpp: then
    /// some stay loaded (ggml hooks itself into the C++ runtime and must not be unloaded), and another attempt would mix two builds.
    /// </exception>
    public static LibrarySet Open(string? folder)
    {
        LibrarySet set = new(folder);
        bool modules = set.HasCpuVariants();
        set.CheckFiles(modules);
        foreach (string library in LibraryNames.InLoadOrder)
        {
            if (library == LibraryNames.GgmlCpu) modules |= set.HasCpuModule();
            if (!IsOptional(library, modules) || (!modules && set.Exists(library))) set._handles[library] = set.Load(library);
        }
        set.CheckVersion();
        if (modules) set._handles[LibraryNames.GgmlCpu] = BackendModules.Load(set);
        return set;
    }

    /// <summary>The handle of a library, 0 for one that is not of llama.cpp.</summary>
    /// <exception cref="NativeLibraryException">It was built without this library.</exception>
    public nint Handle(string library)
    {
        lock (_handles)
        {
            if (_handles.TryGetValue(library, out nint handle)) return handle;
            if (!LibraryNames.InLoadOrder.Contains(library)) return 0;
            return _handles[library] = Load(library);
        }
    }

    /// <summary>The address of a function of a library.</summary>
    /// <exception cref="NativeLibraryException">The library does not export it.</exception>
    public nint Function(string library, string name) =>
        NativeLibrary.TryGetExport(Handle(library), name, out nint address)
            ? address
            : throw new NativeLibraryException(NativeLibraryFailure.WrongVersion,
                $"{Describe(library)} has no function {name}: it is not of llama.cpp {LlamaPin.Version}. {Remedy}");

    /// <summary>The file of a library, with its folder where there is one.</summary>
    public string Describe(string library) =>
        _folder is null ? LibraryNames.FileOf(library) : Path.Combine(_folder, LibraryNames.FileOf(library));

    private const string Remedy =
        $"Build the libraries with ./build.sh native, or name their folder in {LibraryFolders.Variable} or to NativeLibraries.Load.";

    /// <summary>Explains that no folder had the libraries.</summary>
    public static NativeLibraryException Missing(IEnumerable<string> looked) => new(NativeLibraryFailure.Missing,
        $"{LibraryNames.FileOf(LibraryNames.Llama)} was not found. Looked in:\n  {string.Join("\n  ", looked)}\n"
        + $"and where the system looks for libraries. {Remedy}");

    private bool Exists(string library) => _folder is null
        ? NativeLibrary.TryLoad(LibraryNames.FileOf(library), out _)
        : File.Exists(Describe(library));

    private static bool IsOptional(string library, bool modules) =>
        library == LibraryNames.GgmlRpc || (modules && library == LibraryNames.GgmlCpu);

    private bool HasCpuVariants()
    {
        if (Exists(LibraryNames.GgmlCpu)) return false;
        return _folder is null || (Directory.Exists(_folder) && Directory.EnumerateFiles(_folder, LibraryNames.CpuVariants).Any());
    }

    /// <summary>Whether the CPU backend has no variants, but still is a module that ggml loads by itself.</summary>
    private bool HasCpuModule() =>
        NativeLibrary.TryLoad(Describe(LibraryNames.GgmlCpu), out nint module) && NativeLibrary.TryGetExport(module, "ggml_backend_init", out _);

    private void CheckFiles(bool modules)
    {
        if (_folder is null) return;
        foreach (string library in LibraryNames.InLoadOrder)
        {
            string path = Describe(library);
            if (!File.Exists(path))
            {
                if (IsOptional(library, modules)) continue;
                throw new NativeLibraryException(NativeLibraryFailure.Missing, $"{path} is missing. {Remedy}");
            }
            if (LibraryImage.Mismatch(path) is { } mismatch)
                throw new NativeLibraryException(NativeLibraryFailure.WrongArchitecture, $"{path} cannot be loaded: {mismatch}. {Remedy}");
        }
    }

    private nint Load(string library)
    {
        string path = Describe(library);
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            bool missing = _folder is null || !File.Exists(path);
            throw new NativeLibraryException(
                missing ? NativeLibraryFailure.Missing : NativeLibraryFailure.MissingDependency,
                $"{path} cannot be loaded{(missing ? "" : "; a library that it needs may be missing")}. {Remedy} The system says: {failure.Message}",
                failure);
        }
    }

    private void CheckVersion()
    {
        string version = Text(LibraryNames.Llama, "llama_version");
        if (version != LlamaPin.Version)
            throw new NativeLibraryException(NativeLibraryFailure.WrongVersion,
                $"{Describe(LibraryNames.Llama)} is of llama.cpp {version}; these bindings are of {LlamaPin.Version}. {Remedy}");
        string tree = Text(LibraryNames.Shim, "llamaspan_tree");
        if (tree != LlamaPin.Tree)
            throw new NativeLibraryException(NativeLibraryFailure.WrongVersion,
                $"{Describe(LibraryNames.Shim)} was built from the llama.cpp sources {tree}; these bindings are of {LlamaPin.Tree}. {Remedy}");
    }

    private string Text(string library, string function) =>
        Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<byte*>)Function(library, function))())!;
}
