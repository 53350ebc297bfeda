namespace LlamaSpan;

/// <summary>
/// Checks that the tensors which the graphs of llama, gemma2 and phi3 use are there, in types that ggml computes with and shapes that fit
/// the hyperparameters (src/models/llama.cpp, gemma2.cpp, phi3.cpp; create_tensor_qkv and the scales of src/llama-model.cpp).
/// </summary>
internal sealed class TensorCheck
{
    private readonly GgufModel _model;
    private readonly Hyperparameters _parameters;

    private TensorCheck(GgufModel model, Hyperparameters parameters) => (_model, _parameters) = (model, parameters);

    /// <summary>Checks all tensors of a model.</summary>
    /// <exception cref="ModelLoadException">A tensor is missing, or of a wrong type or shape.</exception>
    public static void Check(GgufModel model, Hyperparameters parameters) => new TensorCheck(model, parameters).Run();

    /// <summary>What to say of a file without tensors.</summary>
    public static ModelLoadException OnlyVocabulary(string path) =>
        new(ModelLoadFailure.Tensors, path, "it holds a vocabulary and no tensors; it can be loaded for its vocabulary only.");

    private void Run()
    {
        (long embedding, long vocabulary) = (_parameters.EmbeddingSize, _parameters.VocabularySize);
        GgufTensor tokens = Matrix("token_embd.weight", embedding, vocabulary);
        Vector("output_norm.weight", embedding);
        GgufTensor? output = _parameters.Architecture == "gemma2" ? null : OptionalMatrix("output.weight", embedding, vocabulary);
        OptionalVector("output.scale", 1);
        OptionalVector("output.input_scale", 1);
        if (output is null && tokens.Type == TensorType.NVFP4 && (Has("output.scale") || Has("output.input_scale")))
            throw Wrong(tokens, "is NVFP4 and serves as output too, which has scales of its own; llama.cpp does not take that");
        ReadOnlySpan<string> factors = _parameters.HasLongRope ? ["rope_factors_long.weight", "rope_factors_short.weight"] : ["rope_freqs.weight"];
        foreach (string name in factors)
            OptionalVector(name, _parameters.RopeSize / 2);
        for (int block = 0; block < _parameters.BlockCount; block++)
            CheckBlock($"blk.{block}.");
    }

    private void CheckBlock(string block)
    {
        long embedding = _parameters.EmbeddingSize;
        Vector(block + "attn_norm.weight", embedding);
        Vector(block + "ffn_norm.weight", embedding);
        CheckAttention(block);
        switch (_parameters.Architecture)
        {
            case "gemma2":
                Vector(block + "post_attention_norm.weight", embedding);
                Vector(block + "post_ffw_norm.weight", embedding);
                CheckGated(block);
                break;
            case "phi3":
                Matrix(block + "ffn_up.weight", embedding, 2 * _parameters.FeedForwardSize);
                Matrix(block + "ffn_down.weight", _parameters.FeedForwardSize, embedding);
                CheckScales(block, "ffn_up", 1);
                CheckScales(block, "ffn_down", 1);
                break;
            default:
                if (_parameters.ExpertCount > 0)
                    CheckExperts(block);
                else
                    CheckGated(block);
                break;
        }
    }

    private void CheckAttention(string block)
    {
        (long embedding, long query, long kv) = (_parameters.EmbeddingSize, _parameters.QuerySize, _parameters.KvSize);
        if (OptionalMatrix(block + "attn_qkv.weight", embedding, query + (2 * kv)) is not null)
        {
            OptionalVector(block + "attn_qkv.bias", query + (2 * kv));
            CheckScales(block, "attn_qkv", 1);
        }
        else
        {
            Matrix(block + "attn_q.weight", embedding, query);
            Matrix(block + "attn_k.weight", embedding, kv);
            Matrix(block + "attn_v.weight", embedding, kv);
            CheckScales(block, "attn_q", 1);
            CheckScales(block, "attn_k", 1);
            CheckScales(block, "attn_v", 1);
        }
        OptionalVector(block + "attn_q.bias", query);
        OptionalVector(block + "attn_k.bias", kv);
        OptionalVector(block + "attn_v.bias", kv);
        Matrix(block + "attn_output.weight", query, embedding);
        OptionalVector(block + "attn_output.bias", embedding);
        CheckScales(block, "attn_output", 1);
    }

    private void CheckGated(string block)
    {
        (long embedding, long inner) = (_parameters.EmbeddingSize, _parameters.FeedForwardSize);
        CheckFeedForward(block, "ffn_gate", embedding, inner);
        CheckFeedForward(block, "ffn_up", embedding, inner);
        CheckFeedForward(block, "ffn_down", inner, embedding);
    }

    private void CheckFeedForward(string block, string name, long inputs, long outputs)
    {
        GgufTensor weight = Matrix($"{block}{name}.weight", inputs, outputs);
        OptionalVector($"{block}{name}.bias", outputs);
        CheckScales(block, name, 1);
        if (weight.Type == TensorType.NVFP4 && Has($"{block}{name}.scale") && Has($"{block}{name}.bias"))
            throw Wrong(weight, "is NVFP4 with both a scale and a bias, which llama.cpp does not take");
    }

    private void CheckExperts(string block)
    {
        (long embedding, long inner, long experts) = (_parameters.EmbeddingSize, _parameters.FeedForwardSize, _parameters.ExpertCount);
        Matrix(block + "ffn_gate_inp.weight", embedding, experts);
        OptionalMatrix(block + "ffn_gate_exps.weight", embedding, inner, experts);
        Matrix(block + "ffn_down_exps.weight", inner, embedding, experts);
        Matrix(block + "ffn_up_exps.weight", embedding, inner, experts);
        CheckScales(block, "ffn_gate_exps", experts);
        CheckScales(block, "ffn_down_exps", experts);
        CheckScales(block, "ffn_up_exps", experts);
    }

    private void CheckScales(string block, string name, long count)
    {
        OptionalVector($"{block}{name}.scale", count);
        OptionalVector($"{block}{name}.input_scale", count);
    }

    private bool Has(string name) => _model.TryGetTensor(name, out _);

    private GgufTensor Matrix(string name, params ReadOnlySpan<long> shape) => OptionalMatrix(name, shape) ?? throw Missing(name);

    private GgufTensor? OptionalMatrix(string name, params ReadOnlySpan<long> shape)
    {
        if (Find(name, shape) is not GgufTensor tensor)
            return null;
        return tensor.Type.IsWeight() ? tensor : throw Wrong(tensor, $"is {tensor.Type}, a type that weights cannot have");
    }

    private void Vector(string name, long size)
    {
        if (!OptionalVector(name, size))
            throw Missing(name);
    }

    // norms, biases, scales and RoPE factors: ggml's CPU backend takes them as F32 only
    private bool OptionalVector(string name, long size)
    {
        if (Find(name, [size]) is not GgufTensor tensor)
            return false;
        return tensor.Type == TensorType.F32 ? true : throw Wrong(tensor, $"is {tensor.Type}, but only F32 is computed with there");
    }

    private GgufTensor? Find(string name, ReadOnlySpan<long> shape)
    {
        if (!_model.TryGetTensor(name, out GgufTensor? tensor))
            return null;
        if (!tensor.HasShape(shape) || tensor.ElementCount == 0)
        {
            throw Wrong(
                tensor, $"has the shape [{string.Join(", ", tensor.Shape.ToArray())}], but the hyperparameters ask for [{string.Join(", ", shape.ToArray())}]");
        }
        return tensor;
    }

    private ModelLoadException Missing(string name) => _model.TensorCount == 0
        ? OnlyVocabulary(_model.Parts[0].Path)
        : new(ModelLoadFailure.Tensors, _model.Parts[0].Path, $"there is no tensor '{name}'.");

    private ModelLoadException Wrong(GgufTensor tensor, string what)
    {
        GgufFile file = _model.Parts.First(part => part.TryGetTensor(tensor.Name, out _));
        return new ModelLoadException(ModelLoadFailure.Tensors, file.Path, $"tensor '{tensor.Name}' (described at byte {tensor.EntryOffset}) {what}.");
    }
}
