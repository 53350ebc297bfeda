namespace LlamaSpan;

/// <summary>Whether an answer goes on from the last message instead of beginning a new one.</summary>
public enum ChatContinuation
{
    /// <summary>It begins a new one.</summary>
    None,

    /// <summary>It goes on from the content of the last message, or from its reasoning where it has nothing else.</summary>
    Auto,

    /// <summary>It goes on from the content of the last message.</summary>
    Content,

    /// <summary>It goes on from the reasoning of the last message.</summary>
    Reasoning,
}
