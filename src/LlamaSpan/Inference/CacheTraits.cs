using System.Globalization;

namespace LlamaSpan;

/// <summary>What the cache of a context can and cannot do.</summary>
/// <param name="SeparateBuffers">True if each sequence has a buffer of its own.</param>
/// <param name="Recurrent">True if the model has a recurrent state, alone or beside attention.</param>
/// <param name="Window">Tokens of the sliding window where its layers keep no more than that; else 0.</param>
/// <param name="ScaledRotation">True if the rotary embedding scales vectors, so that moving some cells would change others.</param>
internal sealed record CacheTraits(bool SeparateBuffers, bool Recurrent, int Window, bool ScaledRotation)
{
    internal static CacheTraits Of(LlamaModel model, ContextOptions options, int sequences) => new(
        SeparateBuffers: !options.UnifiedCache && sequences > 1,
        Recurrent: model.IsRecurrent,
        Window: options.FullSlidingWindowCache ? 0 : model.SlidingWindow,
        ScaledRotation: ScalesRotation(model, options));

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
