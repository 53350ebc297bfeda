namespace LlamaSpan;

/// <summary>
/// Times and counts that llama.cpp keeps for a context. What is decoded until outputs are read counts as one batch; counts of tokens are at
/// least 1.
/// </summary>
/// <param name="Load">Time since the model began to load until the context was ready.</param>
/// <param name="Prompt">Time in batches of several tokens.</param>
/// <param name="Generation">Time in batches of one token.</param>
/// <param name="PromptTokens">Tokens of batches of several.</param>
/// <param name="GeneratedTokens">Batches of one token.</param>
/// <param name="GraphsReused">How often a compute graph was used again.</param>
public readonly record struct ContextPerformance(
    TimeSpan Load, TimeSpan Prompt, TimeSpan Generation, int PromptTokens, int GeneratedTokens, int GraphsReused);
