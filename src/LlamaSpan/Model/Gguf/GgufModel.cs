using System.Diagnostics.CodeAnalysis;

namespace LlamaSpan;

/// <summary>A validated model: its files' headers and what of them an adapter has to fit. Immutable; safe to share between threads.</summary>
public sealed class GgufModel
{
    private readonly Dictionary<string, GgufTensor> _tensors;

    internal GgufModel(IReadOnlyList<GgufFile> parts, string architecture)
        : this(parts, architecture, new(parts.Sum(part => part.Tensors.Count), StringComparer.Ordinal))
    {
        foreach (GgufFile part in parts)
            foreach (GgufTensor tensor in part.Tensors)
                _tensors[tensor.Name] = tensor;
    }

    private GgufModel(IReadOnlyList<GgufFile> parts, string architecture, Dictionary<string, GgufTensor> tensors) =>
        (Parts, Architecture, _tensors) = (parts, architecture, tensors);

    /// <summary>The model's files; one unless it is split.</summary>
    public IReadOnlyList<GgufFile> Parts { get; }

    /// <summary>The architecture that llama.cpp reads the model as, overrides applied; such as <c>llama</c>.</summary>
    public string Architecture { get; }

    /// <summary>The first file's metadata.</summary>
    public GgufMetadata Metadata => Parts[0].Metadata;

    /// <summary>Number of tensors in all files.</summary>
    public int TensorCount => _tensors.Count;

    /// <summary>
    /// True if every check was made; false for an architecture of which only structure and vocabulary are known, which
    /// <c>ModelOptions.ProbeFirst</c> is for.
    /// </summary>
    public bool IsFullyChecked => HyperparameterCheck.Knows(Architecture);

    /// <summary>Finds a tensor in any of the files.</summary>
    public bool TryGetTensor(string name, [NotNullWhen(true)] out GgufTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>
    /// The model without its metadata, whose arrays may be megabytes: what is needed to check an adapter later. The memory is given back:
    /// this object has none any more.
    /// </summary>
    internal GgufModel WithoutMetadata() => new([.. Parts.Select(part => part.WithoutMetadata())], Architecture, _tensors);
}
