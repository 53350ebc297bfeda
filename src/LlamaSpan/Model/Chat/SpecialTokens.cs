namespace LlamaSpan;

/// <summary>
/// The special tokens of a vocabulary in the order in which its tokenizer looks for them, longest first (tokenizer_st_partition in
/// llama.cpp's llama-vocab.cpp). User-defined tokens are found by the tokenizer itself; here are only those that may take bytes that a
/// shorter control token would want.
/// </summary>
internal sealed class SpecialTokens
{
    private readonly Dictionary<string, LlamaToken> _bySpelling = [];

    internal SpecialTokens(IReadOnlyCollection<SpecialToken> all)
    {
        SpecialToken[] controls = [.. all.Where(token => token.IsControl && token.Spelling.Length > 0)];
        foreach (SpecialToken token in all)
            _bySpelling.TryAdd(Convert.ToHexString(token.Spelling), token.Token);
        InOrder = [.. controls
            .Concat(all.Where(token => !token.IsControl && controls.Any(control => MayTakeBytesOf(token.Spelling, control.Spelling))))
            .OrderByDescending(token => token.Spelling.Length)];
    }

    internal IReadOnlyList<SpecialToken> InOrder { get; }

    internal LlamaToken Find(ReadOnlySpan<byte> spelling) => _bySpelling.GetValueOrDefault(Convert.ToHexString(spelling), LlamaToken.None);

    private static bool MayTakeBytesOf(byte[] longer, byte[] control)
    {
        if (longer.Length <= control.Length || (!longer.Contains(control[0]) && !longer.Contains(control[^1])))
            return false;
        if (longer.AsSpan().IndexOf(control) >= 0)
            return true;
        for (int overlap = 1; overlap < control.Length; overlap++)
            if (longer.AsSpan().EndsWith(control.AsSpan(0, overlap)) || longer.AsSpan().StartsWith(control.AsSpan(control.Length - overlap)))
                return true;
        return false;
    }
}
