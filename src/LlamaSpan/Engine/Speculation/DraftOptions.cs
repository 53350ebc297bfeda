namespace LlamaSpan;

/// <summary>
/// A small model that guesses ahead for a large one, which then verifies several tokens in one batch (Leviathan et al., arXiv:2211.17192). A
/// guess counts only where the large model draws the same token with the same chance, so that answers stay what they are without it.
/// </summary>
public sealed record DraftOptions
{
    /// <summary>The model that guesses; it stays the caller's to dispose, after the engine. Its vocabulary must be that of the engine's model.</summary>
    public required LlamaModel Model { get; init; }

    /// <summary>
    /// The context that the engine makes for it; null, the default, for one like the engine's own. Where it has no room for a text, nothing is
    /// guessed for that.
    /// </summary>
    public ContextOptions? Context { get; init; }

    /// <summary>Most tokens to guess ahead, unless a request says otherwise; the engine guesses fewer where that is faster. 1 to 64, default 8.</summary>
    public int Tokens
    {
        get;
        init => field = value is >= 1 and <= 64 ? value : throw new ArgumentOutOfRangeException(nameof(Tokens), value, "DraftOptions.Tokens must lie in 1..64.");
    } = 8;
}
