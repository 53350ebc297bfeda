namespace LlamaSpan;

/// <summary>
/// How an engine's sequences lie in its cache. One buffer for all lets prompts share what they have in common without a copy; but each token then
/// looks at the others' cells too, if only to skip them. The rows <c>layout</c> of <c>bench ratios</c> compare both.
/// </summary>
public enum CacheLayout
{
    /// <summary>
    /// <see cref="PerSequence"/> where that takes nothing away: nothing is kept (<see cref="EngineOptions.CachedSequences"/> is 0) and each
    /// request can still have the model's whole trained context; else <see cref="Unified"/>. Recurrent models always <see cref="Unified"/>.
    /// </summary>
    Auto = 0,

    /// <summary>One buffer for all: any request can have all of it, and common prefixes stand there once.</summary>
    Unified = 1,

    /// <summary>
    /// An equal part of <see cref="ContextOptions.ContextSize"/> for each sequence, running or kept, at least 256 tokens: faster for many
    /// requests that share little. What prompts have in common is copied, a whole buffer at a time; documents cannot be moved.
    /// </summary>
    PerSequence = 2,
}
