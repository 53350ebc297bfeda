using System.Text.RegularExpressions;

namespace LlamaSpan;

/// <summary>
/// What llama_model_quantize (src/llama-quant.cpp) would abort on: it takes the types of token embeddings and output as they are given,
/// and asks for their importance only in ggml_quantize_chunk, by an assertion.
/// </summary>
internal static class QuantizeCheck
{
    private const string Output = "output.weight";
    private const string Embedding = "token_embd.weight";
    private const string LayerEmbedding = "per_layer_token_embd.weight";
    private static readonly TimeSpan s_patternLimit = TimeSpan.FromSeconds(1);

    /// <summary>Checks options against a validated model.</summary>
    /// <exception cref="ArgumentException">An option does not fit the model.</exception>
    public static void Check(QuantizeOptions options, GgufModel model, int layers)
    {
        foreach (int layer in options.PruneLayers)
            if (layer < 0 || layer >= layers)
                throw new ArgumentOutOfRangeException(nameof(options), layer, $"QuantizeOptions.PruneLayers: the model has layers 0..{layers - 1}.");
        if (options.PruneLayers.Distinct().Count() == layers && layers > 0)
            throw new ArgumentException("QuantizeOptions.PruneLayers leaves no layer.", nameof(options));
        if (options.Type is null)
            return;
        bool tied = !model.TryGetTensor(Output, out _);
        foreach (string name in (string[])[Output, Embedding, LayerEmbedding])
            if (model.TryGetTensor(name, out GgufTensor? tensor) && (name != Output || options.QuantizeOutput))
                CheckTable(options, tensor, tied && name != Output);
        foreach (GgufFile part in model.Parts)
            foreach (GgufTensor tensor in part.Tensors)
                if (tensor.Extent(3) != 1 && tensor.Name.EndsWith("weight", StringComparison.Ordinal))
                    throw new QuantizeException($"'{part.Path}' was not quantized: tensor '{tensor.Name}' has four dimensions, which llama.cpp cannot quantize.");
    }

    private static void CheckTable(QuantizeOptions options, GgufTensor tensor, bool isOutputToo)
    {
        if ((tensor.Name == Output || isOutputToo) && options.OutputType is { } output)
            CheckGiven(output, tensor, nameof(QuantizeOptions.OutputType), options);
        if (tensor.Name != Output && options.EmbeddingType is { } embedding)
            CheckGiven(embedding, tensor, nameof(QuantizeOptions.EmbeddingType), options);
        foreach (TensorTypeOverride entry in options.TensorTypes)
            if (NeedsImportance(entry.Type) && Matches(entry.Pattern, tensor.Name))
                CheckImportance(tensor, nameof(QuantizeOptions.TensorTypes), options);
        if (options.Pure && options.Type is QuantizationType.IQ2_XXS or QuantizationType.IQ2_XS or QuantizationType.IQ2_S or QuantizationType.IQ1_S)
            CheckImportance(tensor, nameof(QuantizeOptions.Pure), options);
    }

    private static void CheckGiven(TensorType type, GgufTensor tensor, string option, QuantizeOptions options)
    {
        if (tensor.Extent(0) % type.Block().Elements != 0)
            throw new ArgumentException($"QuantizeOptions.{option}: the rows of '{tensor.Name}' have {tensor.Extent(0)} values, which is no multiple of {type}'s {type.Block().Elements}.", nameof(options));
        if (NeedsImportance(type))
            CheckImportance(tensor, option, options);
    }

    private static void CheckImportance(GgufTensor tensor, string option, QuantizeOptions options)
    {
        if (options.ImportanceMatrix is not { } matrix || !matrix.TryGet(tensor.Name, out ReadOnlySpan<float> values) || values.Length != tensor.Extent(0) * tensor.Extent(2))
            throw new ArgumentException($"QuantizeOptions.{option}: '{tensor.Name}' in so few bits needs an ImportanceMatrix with an entry of {tensor.Extent(0) * tensor.Extent(2)} values for it.", nameof(options));
    }

    // ggml_quantize_requires_imatrix
    private static bool NeedsImportance(TensorType type) => type is TensorType.IQ2_XXS or TensorType.IQ2_XS or TensorType.IQ1_S;

    private static bool Matches(string pattern, string name)
    {
        try
        {
            return Regex.IsMatch(name, pattern, RegexOptions.ECMAScript, s_patternLimit);
        }
        catch (Exception fault) when (fault is ArgumentException or RegexMatchTimeoutException)
        {
            throw new ArgumentException($"QuantizeOptions.TensorTypes: the pattern '{pattern}' cannot be used: {fault.Message}", nameof(pattern), fault);
        }
    }
}
