namespace LlamaSpan;

/// <summary>A content of a message in the tokens of a prompt.</summary>
/// <param name="Message">Index of the message.</param>
/// <param name="Content">Index of the content in <see cref="ChatMessage.Contents"/>.</param>
/// <param name="Start">The first token with bytes of the content.</param>
/// <param name="Count">Number of tokens with bytes of the content.</param>
/// <param name="IsExact">True if these tokens hold the content and nothing else; else the first or the last also holds text beside it.</param>
public readonly record struct PromptSegment(int Message, int Content, int Start, int Count, bool IsExact);
