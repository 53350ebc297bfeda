namespace LlamaSpan;

/// <summary>One step of a generation. Its spans are valid until the next step.</summary>
public readonly ref struct GeneratedPiece
{
    internal GeneratedPiece(LlamaToken token, ReadOnlySpan<byte> text, float logProbability, ReadOnlySpan<TokenLogProbability> top)
    {
        (Token, LogProbability) = (token, logProbability);
        Text = text;
        TopTokens = top;
    }

    /// <summary>The token chosen; <see cref="LlamaToken.None"/> for a last piece that only brings text held back before.</summary>
    public LlamaToken Token { get; }

    /// <summary>
    /// Text that is certain now, UTF-8 in whole characters; empty while a character or a possible stop string is unfinished, and then
    /// brought by a later piece.
    /// </summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Natural logarithm of the token's probability for the model; NaN unless <see cref="GenerationOptions.LogProbabilities"/>.</summary>
    public float LogProbability { get; }

    /// <summary>The most probable tokens at this step, best first; empty unless <see cref="GenerationOptions.LogProbabilities"/>.</summary>
    public ReadOnlySpan<TokenLogProbability> TopTokens { get; }

    /// <inheritdoc/>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(Text);
}
