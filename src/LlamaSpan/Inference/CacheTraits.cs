using System.Globalization;

namespace LlamaSpan;

/// <summary>What the cache of a context can and cannot do.</summary>
/// <param name="SeparateBuffers">True if each sequence has a buffer of its own.</param>
/// <param name="Recurrent">True if the model has a recurrent state, alone or beside attention.</param>
/// <param name="Window">Tokens of the sliding window where its layers keep no more than that; else 0.</param>
/// <param name="ScaledRotation">True if the rotary embedding scales vectors, so that moving some cells would change others.</param>
/// <param name="BrainKeys">True if keys are BF16, which ggml cannot rotate.</param>
/// <param name="UnrotatedKeys">True if keys are quantized without the Hadamard rotation that llama.cpp's shift then takes for granted.</param>
internal sealed record CacheTraits(bool SeparateBuffers, bool Recurrent, int Window, bool ScaledRotation, bool BrainKeys, bool UnrotatedKeys)
{
    internal static CacheTraits Of(LlamaModel model, ContextOptions options, int sequences) => new(
        SeparateBuffers: !options.UnifiedCache && sequences > 1,
        Recurrent: model.IsRecurrent,
        Window: options.FullSlidingWindowCache ? 0 : model.SlidingWindow,
        ScaledRotation: ScalesRotation(model, options),
        BrainKeys: options.KeyType == CacheType.BF16,
        UnrotatedKeys: options.KeyType is not (CacheType.F32 or CacheType.F16 or CacheType.BF16) && !RotatesKeys(model));

    /// <summary>Whether llama.cpp rotates quantized keys (llama-kv-cache.cpp: heads of one size in all layers, a multiple of 64).</summary>
    private static bool RotatesKeys(LlamaModel model)
    {
        string disabled = Environment.GetEnvironmentVariable("LLAMA_ATTN_ROT_DISABLE") ?? "0";
        int heads = Number("attention.head_count");
        int size = Number("attention.key_length") is > 0 and int length ? length : heads > 0 ? model.EmbeddingSize / heads : 0;
        int windowSize = Number("attention.key_length_swa") is > 0 and int given ? given : size;
        return disabled is "" or "0" && size > 0 && size % 64 == 0 && windowSize == size;

        int Number(string key) =>
            int.TryParse(model.Metadata.GetValueOrDefault($"{model.Architecture}.{key}"), CultureInfo.InvariantCulture, out int value) ? value : 0;
    }

    /// <summary>
    /// Whether llama.cpp's attention factor may differ from 1 (llama-context.cpp, llama-kv-cache.cpp): its shift multiplies every cell by
    /// it, moved or not.
    /// </summary>
    private static bool ScalesRotation(LlamaModel model, ContextOptions options)
    {
        bool yarn = options.RopeScaling switch
        {
            RopeScaling.Yarn => true,
            RopeScaling.FromModel => model.Metadata.GetValueOrDefault($"{model.Architecture}.rope.scaling.type") == "yarn",
            _ => false,
        };
        string factor = model.Metadata.GetValueOrDefault($"{model.Architecture}.rope.scaling.attn_factor", "1");
        bool modelFactor = !float.TryParse(factor, CultureInfo.InvariantCulture, out float value) || value != 1;
        return yarn || modelFactor || options.YarnExtrapolation > 0 || (options.YarnAttention >= 0 && options.YarnAttention != 1);
    }
}
