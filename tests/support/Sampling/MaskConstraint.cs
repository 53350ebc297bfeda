namespace LlamaSpan.TestSupport;

/// <summary>A constraint that always allows the same tokens, and counts how it is asked.</summary>
public sealed class MaskConstraint(bool[] allowed) : ITokenConstraint
{
    private readonly ulong[] _words = Words(allowed);

    /// <summary>How many masks were asked for.</summary>
    public int Masks { get; private set; }

    /// <summary>How many tokens were checked.</summary>
    public int Checks { get; private set; }

    public int VocabularySize => allowed.Length;

    public bool IsComplete => true;

    public bool IsAllowed(LlamaToken token)
    {
        Checks++;
        return allowed[token.Id];
    }

    public ReadOnlySpan<ulong> AllowedMask()
    {
        Masks++;
        return _words;
    }

    public void Accept(LlamaToken token) => throw new NotSupportedException("A sampler must not advance a constraint.");

    public void Rollback(int tokens) => throw new NotSupportedException("A sampler must not roll a constraint back.");

    private static ulong[] Words(bool[] allowed)
    {
        var words = new ulong[(allowed.Length + 63) / 64];
        for (int i = 0; i < allowed.Length; i++)
            if (allowed[i])
                words[i / 64] |= 1UL << (i % 64);
        return words;
    }
}
