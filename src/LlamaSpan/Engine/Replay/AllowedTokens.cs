using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>The tokens that a constraint allowed in one draw, to draw from them again.</summary>
internal sealed class AllowedTokens : ITokenConstraint
{
    private readonly ulong[] _mask;

    private AllowedTokens(ulong[] mask, int vocabularySize) => (_mask, VocabularySize) = (mask, vocabularySize);

    public int VocabularySize { get; }

    public bool IsComplete => false;

    /// <summary>A mask as text.</summary>
    internal static string Write(ReadOnlySpan<ulong> mask) => Convert.ToBase64String(MemoryMarshal.AsBytes(mask));

    /// <exception cref="CapsuleException">It is no mask over so many tokens.</exception>
    internal static AllowedTokens Read(string text, int vocabularySize)
    {
        byte[] bytes = new byte[((vocabularySize + 63) / 64) * sizeof(ulong)];
        if (!Convert.TryFromBase64String(text, bytes, out int written) || written != bytes.Length)
            throw new CapsuleException($"The capsule is damaged: a set of allowed tokens has not {vocabularySize} bits.");
        return new AllowedTokens(MemoryMarshal.Cast<byte, ulong>(bytes).ToArray(), vocabularySize);
    }

    public bool IsAllowed(LlamaToken token) => (_mask[token.Id / 64] >> (token.Id % 64) & 1) != 0;

    public ReadOnlySpan<ulong> AllowedMask() => _mask;

    public void Accept(LlamaToken token)
    {
    }

    public void Rollback(int tokens)
    {
    }
}
