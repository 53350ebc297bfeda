using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>A low-rank change of a model's weights, loaded on it and put to use on a context (<see cref="LlamaContext.SetAdapters"/>).</summary>
public sealed unsafe class LoraAdapter : IDisposable
{
    private readonly Handle _handle;
    private readonly Lazy<UInt128> _fingerprint;

    private LoraAdapter(LlamaModel model, string path, Handle handle)
    {
        (Model, Path, _handle) = (model, path, handle);
        _fingerprint = new Lazy<UInt128>(() => FileFingerprint.Compute([path]));
    }

    /// <summary>The model it belongs to.</summary>
    public LlamaModel Model { get; }

    /// <summary>The file it was loaded from.</summary>
    public string Path { get; }

    internal UInt128 Fingerprint => _fingerprint.Value;

    internal NativeHandle Owner => _handle;

    /// <summary>Loads an adapter.</summary>
    /// <exception cref="ModelLoadException">The file is missing, damaged, or not an adapter of this model.</exception>
    /// <exception cref="InvalidOperationException">The model has only its vocabulary.</exception>
    public static LoraAdapter Load(LlamaModel model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        model.RequireWeights(nameof(LoraAdapter));
        GgufValidator.ValidateAdapter(path, model.Files);
        using NativeHandle.Lease lease = model.Use();
        using NativeArena arena = new();
        long mark = NativeLog.Mark();
        llama_adapter_lora* adapter = null;
        llamaspan_status status = NativeMethods.llamaspan_adapter_lora_init((llama_model*)lease.Pointer, arena.Text(path, nameof(path)), &adapter);
        if (status != llamaspan_status.LLAMASPAN_STATUS_OK)
            throw new ModelLoadException(ModelLoadFailure.Adapter, path, NativeGuard.LastError(), NativeLog.Since(mark));
        return new LoraAdapter(model, path, new Handle(adapter, model.Owner));
    }

    /// <summary>Frees the adapter once no context uses it.</summary>
    public void Dispose() => _handle.Dispose();

    private sealed class Handle(llama_adapter_lora* adapter, NativeHandle model) : NativeHandle(adapter, model)
    {
        protected override void Free(nint pointer) => NativeMethods.llama_adapter_lora_free((llama_adapter_lora*)pointer);
    }
}
