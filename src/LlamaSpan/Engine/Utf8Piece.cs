using System.Text;

namespace LlamaSpan;

/// <summary>A piece of a streamed answer; what it refers to is valid until the stream moves on.</summary>
/// <param name="Token">The token chosen; <see cref="LlamaToken.None"/> for a last piece that only brings text held back before.</param>
/// <param name="Bytes">
/// Text that is certain now, UTF-8 in whole characters; empty while a character or a possible stop string is unfinished.
/// </param>
/// <param name="LogProbability">Natural logarithm of the token's probability for the model; NaN unless <see cref="GenerationOptions.LogProbabilities"/>.</param>
/// <param name="TopTokens">The most probable tokens at its place, best first; empty unless <see cref="GenerationOptions.LogProbabilities"/>.</param>
public readonly record struct Utf8Piece(
    LlamaToken Token, ReadOnlyMemory<byte> Bytes, float LogProbability, ReadOnlyMemory<TokenLogProbability> TopTokens)
{
    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Text => Bytes.Span;

    /// <summary>The text as a string.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Bytes.Span);
}
