namespace LlamaSpan;

/// <summary>
/// Guesses that a text goes on as it did where its end stood before: answers that quote their prompt (Saxena, "Prompt lookup decoding",
/// 2023). Guesses more while it is right, less and more rarely while it is wrong.
/// </summary>
internal sealed class PromptLookup : IDrafter
{
    private const int ShortestRepeat = 2, LongestPause = 64;

    private readonly TokenAutomaton _text = new();
    private readonly int _most;
    private int _length, _pause, _waiting;

    /// <param name="prompt">What the text begins with.</param>
    /// <param name="most">Most tokens of a guess.</param>
    internal PromptLookup(ReadOnlySpan<LlamaToken> prompt, int most)
    {
        (_most, _length) = (most, Math.Min(most, 4));
        foreach (LlamaToken token in prompt)
            _text.Append(token);
    }

    public void Accept(LlamaToken token)
    {
        _text.Append(token);
        _waiting = Math.Max(0, _waiting - 1);
    }

    public int Draft(Span<LlamaToken> draft)
    {
        if (_waiting > 0)
            return 0;
        (int length, int end) = _text.LongestRepeat();
        if (length < ShortestRepeat)
            return 0;
        int count = Math.Min(Math.Min(draft.Length, _length), _text.Text.Count - end);
        for (int i = 0; i < count; i++)
            draft[i] = _text.Text[end + i];
        return count;
    }

    public void Report(int drafted, int accepted)
    {
        if (accepted == drafted)
            _length = Math.Min(_most, _length * 2);
        else
            _length = Math.Max(1, Math.Min(_length, accepted + 1));
        _pause = accepted > 0 ? 0 : Math.Min(LongestPause, Math.Max(1, _pause * 2));
        _waiting = _pause;
    }
}
