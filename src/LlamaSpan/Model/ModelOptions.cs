namespace LlamaSpan;

/// <summary>How a model is loaded.</summary>
public sealed record ModelOptions
{
    /// <summary>Layers that a GPU computes; by default all, where there is one.</summary>
    public GpuLayers GpuLayers { get; init; } = GpuLayers.All;

    /// <summary>How the model is spread over devices. Default <see cref="SplitMode.Layer"/>.</summary>
    public SplitMode SplitMode { get; init; } = SplitMode.Layer;

    /// <summary>The GPU that has the whole model where <see cref="SplitMode"/> is none, by its index among those in use.</summary>
    public int MainGpu { get; init; }

    /// <summary>Share of each device; empty to go by their free memory. At least 0 each, at least one above.</summary>
    public IReadOnlyList<float> TensorSplit { get; init => field = value ?? throw new ArgumentNullException(nameof(TensorSplit)); } = [];

    /// <summary>Devices to use besides the CPU; null for all GPUs.</summary>
    public IReadOnlyList<LlamaDevice>? Devices { get; init; }

    /// <summary>Endpoints (<c>host:port</c>) of llama.cpp RPC servers whose devices join in.</summary>
    public IReadOnlyList<string> RpcServers { get; init => field = value ?? throw new ArgumentNullException(nameof(RpcServers)); } = [];

    /// <summary>How long an RPC server may take to greet, at most a day. Default 5 seconds.</summary>
    public TimeSpan RpcTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Tensors kept on chosen devices; the first pattern that matches counts.</summary>
    public IReadOnlyList<TensorBufferOverride> TensorBufferOverrides { get; init => field = value ?? throw new ArgumentNullException(nameof(TensorBufferOverrides)); } = [];

    /// <summary>Metadata values used instead of the file's.</summary>
    public IReadOnlyList<KvOverride> KvOverrides { get; init => field = value ?? throw new ArgumentNullException(nameof(KvOverrides)); } = [];

    /// <summary>How weights come into memory.</summary>
    public LoadMode LoadMode { get; init; } = LoadMode.Auto;

    /// <summary>True to check every weight for invalid numbers while loading. Default false.</summary>
    public bool CheckTensors { get; init; }

    /// <summary>True to let backends repack weights for speed. Default true.</summary>
    public bool RepackWeights { get; init; } = true;

    /// <summary>True to keep no weights in host buffers of a GPU. Default false.</summary>
    public bool NoHostBuffers { get; init; }

    /// <summary>True to load the vocabulary only: such a model tokenises and cannot compute. Default false.</summary>
    public bool VocabularyOnly { get; init; }

    /// <summary>
    /// True to load the file first in a small child process, without its weights, so that an architecture for which LlamaSpan does not
    /// check hyperparameters cannot end this process. Default false; llama, gemma2 and phi3 do not need it.
    /// </summary>
    public bool ProbeFirst { get; init; }

    /// <summary>How long that child process may take, at most a day. Default one minute.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromMinutes(1);

    internal void Validate()
    {
        if (GpuLayers.Count < -1)
            throw new ArgumentOutOfRangeException(nameof(GpuLayers), GpuLayers.Count, "ModelOptions.GpuLayers must be at least 0, or -1 for all.");
        if (MainGpu is < 0 or > 1023)
            throw new ArgumentOutOfRangeException(nameof(MainGpu), MainGpu, "ModelOptions.MainGpu must lie in 0..1023.");
        if (SplitMode is < SplitMode.None or > SplitMode.Tensor)
            throw new ArgumentOutOfRangeException(nameof(SplitMode), SplitMode, "ModelOptions.SplitMode is not defined.");
        if (LoadMode is < LoadMode.Auto or > LoadMode.DirectIO)
            throw new ArgumentOutOfRangeException(nameof(LoadMode), LoadMode, "ModelOptions.LoadMode is not defined.");
        if (TensorSplit.Any(share => !float.IsFinite(share) || share < 0) || (TensorSplit.Count > 0 && TensorSplit.All(share => share == 0)))
            throw new ArgumentException("ModelOptions.TensorSplit must hold finite shares of at least 0, one of them above 0.", nameof(TensorSplit));
        CheckItems(Devices, nameof(Devices));
        CheckItems(RpcServers, nameof(RpcServers));
        CheckItems(KvOverrides, nameof(KvOverrides));
        if (TensorBufferOverrides.Any(entry => entry.Pattern is null))
            throw new ArgumentException("ModelOptions.TensorBufferOverrides has an entry without a pattern.", nameof(TensorBufferOverrides));
        CheckTimeout(ProbeTimeout, nameof(ProbeTimeout));
        CheckTimeout(RpcTimeout, nameof(RpcTimeout));
    }

    private static void CheckTimeout(TimeSpan timeout, string name)
    {
        if (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromDays(1))
            throw new ArgumentOutOfRangeException(name, timeout, $"ModelOptions.{name} must be above zero and at most a day.");
    }

    private static void CheckItems(IReadOnlyList<object>? items, string name)
    {
        if (items is not null && items.Contains(null!))
            throw new ArgumentException($"ModelOptions.{name} has an entry that is null.", name);
    }
}
