namespace LlamaSpan;

/// <summary>What a generation cost.</summary>
/// <param name="CachedTokens">Tokens of the prompt that were in the cache already.</param>
/// <param name="ComputedTokens">Tokens of the prompt that were computed.</param>
/// <param name="GeneratedTokens">Tokens generated, without the end-of-generation token.</param>
/// <param name="PromptTime">From the start until the prompt was computed.</param>
/// <param name="TimeToFirstToken">From the start until the first token was chosen; zero if there was none.</param>
/// <param name="TotalTime">From the start until the last token was chosen.</param>
public readonly record struct GenerationUsage(
    int CachedTokens, int ComputedTokens, int GeneratedTokens, TimeSpan PromptTime, TimeSpan TimeToFirstToken, TimeSpan TotalTime)
{
    /// <summary>Those of the generated tokens that the model was not asked for.</summary>
    public int ForcedTokens { get; init; }

    /// <summary>Tokens of the prompt: <see cref="CachedTokens"/> and <see cref="ComputedTokens"/>.</summary>
    public int PromptTokens => CachedTokens + ComputedTokens;
}
