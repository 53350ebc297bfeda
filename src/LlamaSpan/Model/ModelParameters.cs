using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>Options as llama.cpp takes them, in native memory that lives as long as the model.</summary>
internal sealed unsafe class ModelParameters : IDisposable
{
    private readonly NativeArena _arena = new();

    internal ModelParameters(ModelOptions options, IReadOnlyList<nint> remoteDevices)
    {
        llama_model_params p = NativeMethods.llama_model_default_params();
        p.n_gpu_layers = options.GpuLayers.Count;
        p.split_mode = (llama_split_mode)options.SplitMode;
        p.load_mode = (llama_load_mode)options.LoadMode;
        p.main_gpu = options.MainGpu;
        p.vocab_only = options.VocabularyOnly;
        p.check_tensors = options.CheckTensors;
        p.use_extra_bufts = options.RepackWeights;
        p.no_host = options.NoHostBuffers;
        p.tensor_split = TensorSplit(options.TensorSplit);
        p.devices = Devices(options, remoteDevices);
        p.kv_overrides = KvOverrideList.Write(_arena, options.KvOverrides);
        p.tensor_buft_overrides = Buffers(options.TensorBufferOverrides);
        Native = p;
    }

    internal llama_model_params Native { get; }

    public void Dispose() => _arena.Dispose();

    private float* TensorSplit(IReadOnlyList<float> shares)
    {
        if (shares.Count == 0)
            return null;
        int devices = (int)NativeMethods.llama_max_devices();
        if (shares.Count > devices)
            throw new ArgumentException($"ModelOptions.TensorSplit has {shares.Count} shares; there can be {devices} devices.", nameof(shares));
        float* split = _arena.Allocate<float>(devices);
        for (int i = 0; i < shares.Count; i++)
            split[i] = shares[i];
        return split;
    }

    /// <summary>The devices to use, ended by null; null where llama.cpp shall take all.</summary>
    private ggml_backend_device** Devices(ModelOptions options, IReadOnlyList<nint> remote)
    {
        if (options.Devices is null && remote.Count == 0)
            return null;
        IEnumerable<LlamaDevice> local = options.Devices ?? LlamaDevice.All.Where(device => device.Kind is DeviceKind.Gpu or DeviceKind.IntegratedGpu);
        nint[] pointers = [.. remote, .. local.Select(device => (nint)device.Pointer)];
        ggml_backend_device** devices = (ggml_backend_device**)_arena.Allocate<nint>(pointers.Length + 1);
        for (int i = 0; i < pointers.Length; i++)
            devices[i] = (ggml_backend_device*)pointers[i];
        return devices;
    }

    private llama_model_tensor_buft_override* Buffers(IReadOnlyList<TensorBufferOverride> overrides)
    {
        if (overrides.Count == 0)
            return null;
        int limit = (int)NativeMethods.llama_max_tensor_buft_overrides();
        if (overrides.Count >= limit)
            throw new ArgumentException($"ModelOptions.TensorBufferOverrides has {overrides.Count} entries; llama.cpp takes {limit - 1}.", nameof(overrides));
        llama_model_tensor_buft_override* entries = _arena.Allocate<llama_model_tensor_buft_override>(overrides.Count + 1);
        for (int i = 0; i < overrides.Count; i++)
        {
            LlamaDevice device = overrides[i].Device ?? throw new ArgumentException($"ModelOptions.TensorBufferOverrides[{i}] names no device.", nameof(overrides));
            entries[i].pattern = _arena.Text(overrides[i].Pattern, nameof(overrides));
            entries[i].buft = NativeMethods.ggml_backend_dev_buffer_type(device.Pointer);
        }
        return entries;
    }
}
