namespace LlamaSpan;

/// <summary>Where an answer's reasoning goes when it is parsed.</summary>
public enum ChatReasoning
{
    /// <summary>Into <see cref="ChatMessage.Reasoning"/>.</summary>
    Separate,

    /// <summary>It stays in the text.</summary>
    InText,
}
