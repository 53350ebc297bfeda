namespace LlamaSpan;

/// <summary>What a content of a message is.</summary>
public enum ChatContentKind
{
    /// <summary>Text, the only kind that templates render.</summary>
    Text,

    /// <summary>A picture.</summary>
    Image,

    /// <summary>Sound.</summary>
    Audio,

    /// <summary>Any other file.</summary>
    File,
}
