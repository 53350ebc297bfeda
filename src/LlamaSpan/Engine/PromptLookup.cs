namespace LlamaSpan;

/// <summary>
/// Guesses that a text goes on as it did where its end stood before: answers that quote their prompt (Saxena, "Prompt lookup decoding",
/// 2023). Guesses more while it is right, less while it is wrong.
/// </summary>
internal sealed class PromptLookup
{
    private const int ShortestRepeat = 2;

    private readonly TokenAutomaton _text = new();
    private readonly int _most;
    private int _length;

    /// <param name="prompt">What the text begins with.</param>
    /// <param name="most">Most tokens of a guess.</param>
    internal PromptLookup(ReadOnlySpan<LlamaToken> prompt, int most)
    {
        (_most, _length) = (most, Math.Min(most, 4));
        foreach (LlamaToken token in prompt)
            _text.Append(token);
    }

    /// <summary>Appends a token to the text.</summary>
    internal void Accept(LlamaToken token) => _text.Append(token);

    /// <summary>Writes tokens that may come next.</summary>
    /// <param name="draft">At least one place.</param>
    /// <returns>How many; 0 for no guess.</returns>
    internal int Draft(Span<LlamaToken> draft)
    {
        (int length, int end) = _text.LongestRepeat();
        if (length < ShortestRepeat)
            return 0;
        int count = Math.Min(Math.Min(draft.Length, _length), _text.Text.Count - end);
        for (int i = 0; i < count; i++)
            draft[i] = _text.Text[end + i];
        return count;
    }

    /// <summary>Tells how a guess went.</summary>
    internal void Report(int drafted, int accepted) =>
        _length = accepted == drafted ? Math.Min(_most, _length * 2) : Math.Max(1, Math.Min(_length, accepted + 1));
}
