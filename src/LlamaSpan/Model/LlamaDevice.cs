using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>A device that llama.cpp can compute on.</summary>
public sealed unsafe class LlamaDevice
{
    internal LlamaDevice(ggml_backend_device* pointer)
    {
        Pointer = pointer;
        Name = Marshal.PtrToStringUTF8((nint)NativeMethods.ggml_backend_dev_name(pointer)) ?? "";
        Description = Marshal.PtrToStringUTF8((nint)NativeMethods.ggml_backend_dev_description(pointer)) ?? "";
        Kind = (DeviceKind)NativeMethods.ggml_backend_dev_type(pointer);
    }

    /// <summary>All devices of this process, in llama.cpp's order.</summary>
    /// <exception cref="NativeLibraryException">The native libraries cannot be loaded.</exception>
    public static IReadOnlyList<LlamaDevice> All
    {
        get
        {
            NativeRuntime.Initialize();
            LlamaDevice[] devices = new LlamaDevice[(int)NativeMethods.ggml_backend_dev_count()];
            for (int i = 0; i < devices.Length; i++)
                devices[i] = new LlamaDevice(NativeMethods.ggml_backend_dev_get((nuint)i));
            return devices;
        }
    }

    /// <summary>Short name, such as <c>CUDA0</c> or <c>CPU</c>.</summary>
    public string Name { get; }

    /// <summary>What it is, such as the card's model.</summary>
    public string Description { get; }

    /// <summary>What kind it is.</summary>
    public DeviceKind Kind { get; }

    /// <summary>Bytes of memory that are free now.</summary>
    public long FreeMemory => Memory().Free;

    /// <summary>Bytes of memory in all.</summary>
    public long TotalMemory => Memory().Total;

    internal ggml_backend_device* Pointer { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Description})";

    private (long Free, long Total) Memory()
    {
        nuint free, total;
        NativeMethods.ggml_backend_dev_memory(Pointer, &free, &total);
        return ((long)free, (long)total);
    }
}
