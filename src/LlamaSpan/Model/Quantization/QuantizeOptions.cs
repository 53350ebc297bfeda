using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>How a model is quantized.</summary>
public sealed record QuantizeOptions
{
    /// <summary>What the matrices become; null to copy all tensors as they are (with <see cref="PruneLayers"/>, or to join a split model).</summary>
    public required QuantizationType? Type { get; init; }

    /// <summary>True to give every matrix the type's own format, without a mixture. Default false.</summary>
    public bool Pure { get; init; }

    /// <summary>False to leave the output matrix as it is. Default true.</summary>
    public bool QuantizeOutput { get; init; } = true;

    /// <summary>Type of the output matrix; null for the mixture's.</summary>
    public TensorType? OutputType { get; init; }

    /// <summary>Type of the table of token embeddings; null for the mixture's.</summary>
    public TensorType? EmbeddingType { get; init; }

    /// <summary>Types of chosen tensors; the first pattern that matches counts. They need a quantized <see cref="Type"/>.</summary>
    public IReadOnlyList<TensorTypeOverride> TensorTypes { get; init => field = value ?? throw new ArgumentNullException(nameof(TensorTypes)); } = [];

    /// <summary>Which weights matter; the formats below 3 bits need it.</summary>
    public ImportanceMatrix? ImportanceMatrix { get; init; }

    /// <summary>Metadata values that the result gets. Integers lie in 0..4294967295.</summary>
    public IReadOnlyList<KvOverride> KvOverrides { get; init => field = value ?? throw new ArgumentNullException(nameof(KvOverrides)); } = [];

    /// <summary>Layers to leave out, by number from 0.</summary>
    public IReadOnlyCollection<int> PruneLayers { get; init => field = value ?? throw new ArgumentNullException(nameof(PruneLayers)); } = [];

    /// <summary>True to take matrices that are quantized already, which costs quality. Default false.</summary>
    public bool AllowRequantize { get; init; }

    /// <summary>Threads, 1 to 512; 0, the default, takes the processors that this process may use.</summary>
    public int Threads { get; init; }

    /// <summary>True to load the file first in a child process, as <see cref="ModelOptions.ProbeFirst"/>. Default false.</summary>
    public bool ProbeFirst { get; init; }

    internal void Validate()
    {
        if (Type is { } type && !Enum.IsDefined(type))
            throw new ArgumentOutOfRangeException(nameof(Type), type, type == (QuantizationType)39
                ? "QuantizeOptions.Type: llama.cpp cannot quantize to NVFP4; such files come from a converter that computes their scales."
                : $"QuantizeOptions.Type is not one of {string.Join(", ", Enum.GetNames<QuantizationType>())}.");
        if (Threads is < 0 or > NativeMethods.GGML_MAX_N_THREADS)
            throw new ArgumentOutOfRangeException(nameof(Threads), Threads, $"QuantizeOptions.Threads must lie in 0..{NativeMethods.GGML_MAX_N_THREADS}.");
        CheckType(OutputType, nameof(OutputType));
        CheckType(EmbeddingType, nameof(EmbeddingType));
        foreach (TensorTypeOverride entry in TensorTypes)
        {
            if (string.IsNullOrEmpty(entry.Pattern))
                throw new ArgumentException("QuantizeOptions.TensorTypes holds an empty pattern.", nameof(TensorTypes));
            CheckType(entry.Type, nameof(TensorTypes));
        }
        if (KvOverrides.Contains(null!))
            throw new ArgumentException("QuantizeOptions.KvOverrides has an entry that is null.", nameof(KvOverrides));
        foreach (KvOverride entry in KvOverrides)
            if (entry.Kind == KvOverrideKind.Integer && entry.Integer is < 0 or > uint.MaxValue)
                throw new ArgumentOutOfRangeException(nameof(KvOverrides), entry.Integer, $"QuantizeOptions.KvOverrides: {entry.Key} must lie in 0..{uint.MaxValue}.");
    }

    private static void CheckType(TensorType? type, string name)
    {
        if (type is { } given && !given.IsWeight())
            throw new ArgumentOutOfRangeException(name, given, $"QuantizeOptions.{name}: a matrix cannot be {given}.");
    }
}
