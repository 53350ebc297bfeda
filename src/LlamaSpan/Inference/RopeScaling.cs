namespace LlamaSpan;

/// <summary>How rotary positions are stretched beyond the trained context.</summary>
public enum RopeScaling
{
    /// <summary>As the model says.</summary>
    FromModel = -1,

    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Positions divided by a factor.</summary>
    Linear = 1,

    /// <summary>YaRN (Peng et al., 2023).</summary>
    Yarn = 2,

    /// <summary>LongRoPE (Ding et al., 2024), as Phi-3 uses it.</summary>
    LongRope = 3,
}
