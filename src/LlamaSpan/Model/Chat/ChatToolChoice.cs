namespace LlamaSpan;

/// <summary>Whether a model may call tools.</summary>
public enum ChatToolChoice
{
    /// <summary>It decides.</summary>
    Auto,

    /// <summary>It must.</summary>
    Required,

    /// <summary>It must not.</summary>
    None,
}
