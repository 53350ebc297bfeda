using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace LlamaSpan.Native;

/// <summary>Has ggml load its backends where they are modules, and finds the one for this CPU, whose name is a variant's.</summary>
internal static unsafe class BackendModules
{
    [ThreadStatic]
    private static StringBuilder? t_log;

    /// <summary>Loads the backends from the folder of the libraries.</summary>
    /// <returns>The handle of the CPU backend's module.</returns>
    /// <exception cref="NativeLibraryException">There is none for this CPU.</exception>
    public static nint Load(LibrarySet libraries)
    {
        string log = LoadQuietly(libraries);
        var find = (delegate* unmanaged[Cdecl]<byte*, void*>)libraries.Function(LibraryNames.Ggml, "ggml_backend_reg_by_name");
        void* registered;
        fixed (byte* name = "CPU"u8) registered = find(name);
        if (registered is null)
            throw new NativeLibraryException(NativeLibraryFailure.NoBackend,
                $"No backend for this CPU ({LibraryNames.CpuVariants}) could be loaded from {libraries.Folder ?? "the system's folders"}. ggml said:\n{log}");
        return Best(libraries.Folder);
    }

    /// <summary>Without the listener, ggml prints what it loads to the standard error stream.</summary>
    private static string LoadQuietly(LibrarySet libraries)
    {
        var setLog = (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<ggml_log_level, byte*, void*, void>, void*, void>)
            libraries.Function(LibraryNames.GgmlBase, "ggml_log_set");
        t_log = new StringBuilder();
        setLog(&Listen, null);
        try
        {
            if (libraries.Folder is null)
            {
                ((delegate* unmanaged[Cdecl]<void>)libraries.Function(LibraryNames.Ggml, "ggml_backend_load_all"))();
            }
            else
            {
                fixed (byte* folder = Encoding.UTF8.GetBytes(libraries.Folder + '\0'))
                    ((delegate* unmanaged[Cdecl]<byte*, void>)libraries.Function(LibraryNames.Ggml, "ggml_backend_load_all_from_path"))(folder);
            }
            return t_log.ToString();
        }
        finally
        {
            setLog(null, null);
            t_log = null;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Listen(ggml_log_level level, byte* text, void* userData) => t_log?.Append(Marshal.PtrToStringUTF8((nint)text));

    /// <summary>
    /// The variant that ggml chose: the one that scores highest on this CPU, as in ggml_backend_load_best (ggml-backend-reg.cpp). A
    /// module that is loaded again is the same one, so imports from it see the backend's state.
    /// </summary>
    private static nint Best(string? folder)
    {
        nint best = 0;
        int highest = 0;
        foreach (string path in folder is null ? [] : Directory.EnumerateFiles(folder, LibraryNames.CpuVariants))
        {
            if (!NativeLibrary.TryLoad(path, out nint module)) continue;
            int score = NativeLibrary.TryGetExport(module, "ggml_backend_score", out nint address)
                ? ((delegate* unmanaged[Cdecl]<int>)address)()
                : 0;
            if (score > highest) (best, module, highest) = (module, best, score);
            if (module != 0) NativeLibrary.Free(module);
        }
        return best != 0 ? best : NativeLibrary.Load(Path.Combine(folder ?? "", LibraryNames.FileOf(LibraryNames.GgmlCpu)));
    }
}
