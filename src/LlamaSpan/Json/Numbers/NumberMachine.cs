namespace LlamaSpan;

/// <summary>Recognises the spelling of a number of a <see cref="NumberLanguage"/>, its digits before and after the point limited.</summary>
internal sealed class NumberMachine
{
    private readonly CharDfa _dfa;
    private readonly short[] _next; // [state * 128 + byte]
    private readonly int _maxDigits;
    private readonly int _slack;
    private Ways? _ways;

    public NumberMachine(NumberLanguage language, int maxDigits)
    {
        (_dfa, _maxDigits) = (language.Yes, maxDigits);
        _next = new short[_dfa.Count * 128];
        Array.Fill(_next, (short)-1);
        foreach (char c in "0123456789-+.eE")
        {
            int symbol = _dfa.Alphabet.ClassOf(c);
            for (int s = 0; s < _dfa.Count; s++)
                _next[(s * 128) + c] = (short)_dfa.Next(s, symbol);
        }
        IsEmpty = _dfa.IsEmpty || _dfa.Shortest[0] > maxDigits + 1;
        _slack = _dfa.IsEmpty ? 0 : _dfa.Shortest.Max();
    }

    public int MaxDigits => _maxDigits;

    public bool IsEmpty { get; }

    /// <summary>One byte on; <paramref name="digits"/> counts those since the number's start or its point.</summary>
    public bool Step(ref int state, ref int digits, byte b)
    {
        if (b >= 128 || _next[(state * 128) + b] is var next && next < 0)
            return false;
        int count = b == '.' ? 0 : b is >= (byte)'0' and <= (byte)'9' ? digits + 1 : digits;
        if (count + _dfa.Shortest[next] > _maxDigits && !(count <= _maxDigits && _dfa.Shortest[next] == 0))
            return false;
        (state, digits) = (next, count);
        return true;
    }

    /// <summary>A count of digits from which the same tokens of at most so many digits may follow.</summary>
    public int Canonical(int digits, int longest) => digits + longest + _slack <= _maxDigits ? 0 : digits;

    /// <summary>In how many ways at least a beginning can be completed; see <see cref="Ways"/>.</summary>
    public int Completions(int state, int digits) => IsEmpty ? 0 : (_ways ??= new Ways(Step, (end, _) => Accepts(end))).From(state, digits);

    public bool Accepts(int state) => _dfa.Accepts[state];
}
