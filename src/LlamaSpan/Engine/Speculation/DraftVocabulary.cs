namespace LlamaSpan;

/// <summary>Whether tokens of one model mean the same in another, by the rules of llama.cpp's speculative decoding (common/speculative.cpp).</summary>
internal static class DraftVocabulary
{
    private const int MostDifferentSizes = 128;      // padding of the embedding table
    private const int FirstCompared = 5;             // in front of it makers put special tokens as they like

    /// <exception cref="ArgumentException">They differ; the message says in what.</exception>
    internal static void Check(Vocabulary target, Vocabulary draft, string name)
    {
        if (WhyNot(target, draft) is { } reason)
            throw new ArgumentException($"The draft model's vocabulary is another than the model's: {reason}.", name);
    }

    private static string? WhyNot(Vocabulary target, Vocabulary draft)
    {
        if (target.Kind != draft.Kind)
            return $"it is {draft.Kind}, not {target.Kind}";
        if (target.AddsBos != draft.AddsBos || (target.AddsBos && target.Bos != draft.Bos))
            return $"its texts begin with {Added(draft.AddsBos, draft.Bos)}, not with {Added(target.AddsBos, target.Bos)}";
        if (target.AddsEos != draft.AddsEos || (target.AddsEos && target.Eos != draft.Eos))
            return $"its texts end with {Added(draft.AddsEos, draft.Eos)}, not with {Added(target.AddsEos, target.Eos)}";
        if (Math.Abs(target.Size - draft.Size) > MostDifferentSizes)
            return $"it has {draft.Size} tokens, not {target.Size}; {MostDifferentSizes} more or less would do";
        for (int id = FirstCompared; id < Math.Min(target.Size, draft.Size); id++)
            if (!target.Tokens[new LlamaToken(id)].SequenceEqual(draft.Tokens[new LlamaToken(id)]))
                return $"its token {id} is another text";
        return null;
    }

    private static string Added(bool added, LlamaToken token) => added ? $"token {token.Id}" : "no token";
}
