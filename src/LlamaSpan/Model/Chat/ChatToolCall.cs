namespace LlamaSpan;

/// <summary>A model's wish to call a tool.</summary>
/// <param name="Name">The tool's name.</param>
/// <param name="Arguments">A JSON object; while an answer is still coming, the part of it that there is.</param>
/// <param name="Id">Which call it is, for the <see cref="ChatMessage.ToolCallId"/> of the result; null where the model gives none.</param>
public sealed record ChatToolCall(string Name, string Arguments, string? Id = null);
