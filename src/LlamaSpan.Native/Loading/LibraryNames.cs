namespace LlamaSpan.Native;

/// <summary>The libraries by the names that the imports carry, and their files on this operating system.</summary>
internal static class LibraryNames
{
    public const string GgmlBase = "ggml-base";
    public const string GgmlCpu = "ggml-cpu";
    public const string GgmlRpc = "ggml-rpc";
    public const string Ggml = "ggml";
    public const string Llama = "llama";
    public const string Shim = "llamaspan";

    /// <summary>All of them, each behind those that it needs.</summary>
    public static IReadOnlyList<string> InLoadOrder { get; } = [GgmlBase, GgmlCpu, GgmlRpc, Ggml, Llama, Shim];

    /// <summary>The file of a library: libllama.so, libllama.dylib, llama.dll.</summary>
    public static string FileOf(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{library}.dylib"
        : $"lib{library}.so";

    /// <summary>What the files of the CPU backend's variants look like where it is a module of its own.</summary>
    public static string CpuVariants => OperatingSystem.IsWindows() ? "ggml-cpu-*.dll" : "libggml-cpu-*.so";
}
