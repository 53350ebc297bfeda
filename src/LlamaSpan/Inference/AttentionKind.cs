namespace LlamaSpan;

/// <summary>Which tokens a token attends to.</summary>
public enum AttentionKind
{
    /// <summary>As the model says.</summary>
    FromModel = -1,

    /// <summary>Itself and those before it.</summary>
    Causal = 0,

    /// <summary>All of its text; the text must then fit a micro-batch.</summary>
    NonCausal = 1,
}
