namespace LlamaSpan;

/// <summary>The tokens of a prompt, and which of them hold its contents.</summary>
internal sealed record TokenizedPrompt(LlamaToken[] Tokens, PromptSegment[] Segments);
