namespace LlamaSpan;

/// <summary>
/// Checks a LoRA adapter against llama_adapter_lora_init of src/llama-adapter.cpp and what the graph does with its tensors
/// (build_lora_mm, build_lora_mm_id, build_inp_embd and build_ffn of src/llama-graph.cpp).
/// </summary>
internal sealed class AdapterCheck
{
    private const string A = ".lora_a";
    private const string B = ".lora_b";
    private const string Embedding = "token_embd.weight";

    private readonly GgufFile _file;
    private readonly GgufModel _model;

    private AdapterCheck(GgufFile file, GgufModel model) => (_file, _model) = (file, model);

    /// <summary>Checks an adapter's metadata and tensors.</summary>
    /// <exception cref="ModelLoadException">It is no LoRA adapter, or not one for this model.</exception>
    public static void Check(GgufFile file, GgufModel model)
    {
        MetadataView metadata = new(file, [], ModelLoadFailure.Adapter);
        Expect(metadata, "general.type", "adapter");
        Expect(metadata, "general.architecture", model.Architecture);
        Expect(metadata, "adapter.type", "lora");
        _ = metadata.Float("adapter.lora.alpha");
        _ = metadata.Array("adapter.alora.invocation_tokens", GgufValueType.UInt32);
        new AdapterCheck(file, model).CheckTensors();
    }

    private static void Expect(MetadataView metadata, string key, string expected)
    {
        string value = metadata.String(key) ?? throw metadata.Missing(key);
        if (value != expected)
            throw metadata.Wrong(key, $"is '{value}', not '{expected}'");
    }

    private void CheckTensors()
    {
        if (_file.Tensors.Count == 0)
            throw new ModelLoadException(ModelLoadFailure.Adapter, _file.Path, "it has no tensors.");
        foreach (GgufTensor tensor in _file.Tensors)
        {
            if (tensor.Name.EndsWith(A, StringComparison.Ordinal))
                CheckPair(tensor, Partner(tensor, A, B), TargetOf(tensor, A));
            else if (tensor.Name.EndsWith(B, StringComparison.Ordinal))
                _ = Partner(tensor, B, A);
            else if (!tensor.Name.EndsWith("_norm.weight", StringComparison.Ordinal))
                throw Wrong(tensor, "is neither half of a pair, nor a norm");
        }
    }

    private GgufTensor Partner(GgufTensor tensor, string suffix, string otherSuffix)
    {
        string name = tensor.Name[..^suffix.Length] + otherSuffix;
        return _file.TryGetTensor(name, out GgufTensor? other) ? other : throw Wrong(tensor, $"has no partner '{name}'");
    }

    private GgufTensor TargetOf(GgufTensor tensor, string suffix)
    {
        string name = tensor.Name[..^suffix.Length];
        return _model.TryGetTensor(name, out GgufTensor? target) ? target : throw Wrong(tensor, $"is for a tensor '{name}' that the model does not have");
    }

    private void CheckPair(GgufTensor a, GgufTensor b, GgufTensor target)
    {
        CheckHalf(a, target);
        CheckHalf(b, target);
        if (target.Name == Embedding)
            CheckEmbedding(a, b, target);
        else if (a.Extent(0) != target.Extent(0) || b.Extent(1) != target.Extent(1) || a.Extent(1) != b.Extent(0))
            throw Wrong(a, $"and its partner have the shapes {Shape(a)} and {Shape(b)}, which do not fit '{target.Name}' {Shape(target)}");
        if (target.Type == TensorType.NVFP4 && IsScaledFeedForward(target.Name))
            throw Wrong(a, $"is for '{target.Name}', a feed-forward weight of type NVFP4 with a scale; llama.cpp does not take adapters there");
    }

    // a weight may be a stack of matrices, one for each expert; the halves are then stacks too
    private void CheckHalf(GgufTensor half, GgufTensor target)
    {
        if (half.ElementCount == 0 || !half.Type.IsWeight())
            throw Wrong(half, $"is of type {half.Type} and shape {Shape(half)}, which nothing can be multiplied with");
        if (half.Extent(2) != target.Extent(2) || half.Extent(3) != 1)
            throw Wrong(half, $"has the shape {Shape(half)}; '{target.Name}' has {Shape(target)}");
    }

    // rows of A are looked up by token and B is not transposed; a model without an output tensor multiplies by the embedding too, where
    // the halves would have to be the other way round
    private void CheckEmbedding(GgufTensor a, GgufTensor b, GgufTensor target)
    {
        if (target.Extent(0) != b.Extent(1) || target.Extent(1) != a.Extent(1) || a.Extent(0) != b.Extent(0))
            throw Wrong(a, $"and its partner have the shapes {Shape(a)} and {Shape(b)}, which do not fit '{target.Name}' {Shape(target)}");
        if (!_model.TryGetTensor("output.weight", out _))
            throw Wrong(a, $"is for '{target.Name}', which this model uses as its output too; llama.cpp does not take that");
    }

    private bool IsScaledFeedForward(string weight)
    {
        const string Suffix = ".weight";
        bool isFeedForward = weight.EndsWith(".ffn_up" + Suffix, StringComparison.Ordinal)
            || weight.EndsWith(".ffn_gate" + Suffix, StringComparison.Ordinal)
            || weight.EndsWith(".ffn_down" + Suffix, StringComparison.Ordinal);
        return isFeedForward && _model.TryGetTensor(weight[..^Suffix.Length] + ".scale", out _);
    }

    private static string Shape(GgufTensor tensor) => $"[{string.Join(", ", tensor.Shape.ToArray())}]";

    private ModelLoadException Wrong(GgufTensor tensor, string what) =>
        new(ModelLoadFailure.Adapter, _file.Path, $"tensor '{tensor.Name}' (described at byte {tensor.EntryOffset}) {what}.");
}
