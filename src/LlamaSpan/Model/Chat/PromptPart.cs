namespace LlamaSpan;

/// <summary>A stretch of a prompt of one origin. The parts of a prompt follow one another and cover it.</summary>
/// <param name="Kind">Who brought it.</param>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Message">Index of the message whose content it is; -1 for anything else.</param>
/// <param name="Content">Index of that content in <see cref="ChatMessage.Contents"/>; -1 for anything else.</param>
public readonly record struct PromptPart(PromptPartKind Kind, int Start, int Length, int Message = -1, int Content = -1)
{
    /// <summary>The byte behind it.</summary>
    public int End => Start + Length;
}
