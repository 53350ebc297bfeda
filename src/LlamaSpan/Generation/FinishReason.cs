namespace LlamaSpan;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>The model ended it with an end-of-generation token.</summary>
    EndOfGeneration,

    /// <summary>A stop string came up; it is not part of the text.</summary>
    StopString,

    /// <summary><see cref="GenerationOptions.MaxTokens"/> was reached, or the context is full.</summary>
    Length,

    /// <summary>The constraint is complete and allows nothing but the end.</summary>
    ConstraintComplete,
}
