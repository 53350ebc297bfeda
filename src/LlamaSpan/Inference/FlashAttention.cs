namespace LlamaSpan;

/// <summary>When flash attention is used.</summary>
public enum FlashAttention
{
    /// <summary>Where the devices support it.</summary>
    Auto = -1,

    /// <summary>Never.</summary>
    Off = 0,

    /// <summary>Always; needed for a quantized V cache.</summary>
    On = 1,
}
