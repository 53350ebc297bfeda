namespace LlamaSpan;

/// <summary>
/// DRY: lowers each token that would go on with a sequence which the history ends in and has seen before, by
/// multiplier * base^(length - allowed length). After llama.cpp's llama_sampler_dry.
/// </summary>
internal sealed class DryPenalty
{
    private const float LogOfLargest = 88.7228391f;     // so that base^exponent stays a finite float

    private readonly SamplingOptions _options;
    private readonly DryBreakers _breakers;
    private readonly int _maxExponent;
    private readonly TokenIndex _repeated = new();
    private int[] _lengths = new int[64];
    private int[] _matches = new int[64];

    public DryPenalty(SamplingOptions options, DryBreakers breakers)
    {
        (_options, _breakers) = (options, breakers);
        _maxExponent = options.DryBase > 1.000001f ? (int)(LogOfLargest / MathF.Log(options.DryBase)) : int.MaxValue;
    }

    /// <summary>Makes room for histories of so many tokens.</summary>
    public void Reserve(int tokens)
    {
        tokens = Math.Min(tokens, _options.DryWindow);
        _repeated.Reserve(tokens);
        Array.Resize(ref _lengths, _repeated.Capacity);
        Array.Resize(ref _matches, Math.Max(_matches.Length, tokens));
    }

    /// <summary>Lowers the tokens that would continue a repetition at the end of the history.</summary>
    public void Apply(ReadOnlySpan<int> history, AdjustedLogits adjusted, ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<int> last = history[Math.Max(0, history.Length - _options.DryWindow)..];
        if (last.Length <= _options.DryAllowedLength)
            return;
        int limit = _breakers.TokensSinceLast(last);
        if (limit < _options.DryAllowedLength)
            return;
        FindRepetitions(last, limit);
        for (int place = 0; place < _repeated.Count; place++)
        {
            int token = _repeated.Tokens[place];
            if (_breakers.BreaksAlone(token))
                continue;
            int exponent = Math.Min(_lengths[place] - _options.DryAllowedLength, _maxExponent);
            adjusted[token, logits] -= (float)(_options.DryMultiplier * Math.Pow(_options.DryBase, exponent));
        }
    }

    /// <summary>
    /// For each token that followed an earlier occurrence of the last tokens: the length of the longest such occurrence. Those lengths
    /// come from the Z-algorithm over the reversed tokens, in linear time.
    /// </summary>
    private void FindRepetitions(ReadOnlySpan<int> tokens, int limit)
    {
        _repeated.Clear();
        int count = tokens.Length;
        if (_matches.Length < count)
            _matches = new int[Math.Max(count, 2 * _matches.Length)];
        int left = 0, right = 0;      // the match that reaches furthest back: [left, right), counted from the end
        for (int shift = 1; shift < count; shift++)
        {
            int length = shift < right ? Math.Min(right - shift, _matches[shift - left]) : 0;
            while (shift + length < count && tokens[^(length + 1)] == tokens[^(shift + length + 1)])
                length++;
            if (shift + length > right)
                (left, right) = (shift, shift + length);
            _matches[shift] = length;
            int repeated = Math.Min(length, limit);
            if (repeated >= _options.DryAllowedLength)
                Remember(tokens[^shift], repeated);
        }
    }

    private void Remember(int token, int length)
    {
        int place = _repeated.FindOrAdd(token, out bool added);
        if (_lengths.Length < _repeated.Capacity)
            Array.Resize(ref _lengths, _repeated.Capacity);
        _lengths[place] = added ? length : Math.Max(_lengths[place], length);
    }
}
