using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>Loads the native libraries once, with their backends, and routes their log.</summary>
internal static class NativeRuntime
{
    private static readonly Lock s_gate = new();
    private static volatile bool s_ready;

    /// <summary>Makes native calls possible; cheap after the first time, safe from any thread.</summary>
    /// <exception cref="NativeLibraryException">The libraries are missing, of another version, or cannot be loaded.</exception>
    internal static void Initialize()
    {
        if (!s_ready)
            Start();
    }

    private static void Start()
    {
        lock (s_gate)
        {
            if (s_ready)
                return;
            NativeLibraries.Load();
            NativeLog.Install();
            NativeMethods.llama_backend_init();
            s_ready = true;
        }
    }
}
