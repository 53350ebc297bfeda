namespace LlamaSpan;

/// <summary>Which of an override's values counts.</summary>
public enum KvOverrideKind
{
    /// <summary><see cref="KvOverride.Integer"/>; applies to integer keys of any width.</summary>
    Integer,

    /// <summary><see cref="KvOverride.Number"/>; applies to floating-point keys.</summary>
    Number,

    /// <summary><see cref="KvOverride.Boolean"/>.</summary>
    Boolean,

    /// <summary><see cref="KvOverride.Text"/>.</summary>
    Text,
}
