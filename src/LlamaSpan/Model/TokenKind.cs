namespace LlamaSpan;

/// <summary>What a vocabulary entry is for.</summary>
public enum TokenKind : byte
{
    /// <summary>Stands for its bytes.</summary>
    Text,

    /// <summary>One raw byte (SentencePiece's byte fallback); stands for that byte.</summary>
    Byte,

    /// <summary>Added by the user of the tokenizer; stands for its bytes.</summary>
    UserDefined,

    /// <summary>Steers the model (begin, end, roles); has no text of its own in an answer.</summary>
    Control,

    /// <summary>Reserved or unknown; must not be generated.</summary>
    Unused,
}
