namespace LlamaSpan;

/// <summary>Recognises the inside of a JSON string of a <see cref="StringLanguage"/>, or the same texts unquoted.</summary>
internal sealed class StringMachine
{
    private readonly LengthCheck? _check;
    private Ways? _ways;
    private long[]? _textCounts;

    public StringMachine(StringLanguage language, TextSpelling spelling = TextSpelling.Json)
    {
        Language = language;
        CharDfa dfa = language.Words is { } words ? CharDfa.Of(words) : language.Dfa;
        Lexer = !dfa.IsAny || spelling == TextSpelling.Raw ? new StringLexer(dfa, spelling)
            : spelling == TextSpelling.Json ? StringLexer.Any : StringLexer.AnyCanonical;
        if (language.Min > 0 || language.Max >= 0)
            _check = new LengthCheck(language);
    }

    public static StringMachine Any { get; } = new(StringLanguage.All);

    public StringLanguage Language { get; }

    public StringLexer Lexer { get; }

    /// <summary>True if characters must be counted.</summary>
    public bool Counts => _check is not null;

    /// <summary>True if some beginnings of texts can be completed in a limited number of ways only.</summary>
    public bool MayRunOut => Language.Max >= 0 || (!Lexer.IsAny && TextCounts.Any(n => n < long.MaxValue));

    /// <summary>Whether <see cref="MayRunOut"/> matters after so many characters and at most so many more.</summary>
    public bool MayRunOutWithin(int count, int more) => MayRunOut && !(Lexer.IsAny && Language.Max - count > more);

    /// <summary>In how many ways at most a beginning can be completed, from a state between characters; long.MaxValue without limit.</summary>
    public long Completions(int state, int count) =>
        Language.Max >= 0 && count >= Language.Max ? 1 : Lexer.IsAny ? long.MaxValue : TextCounts[Lexer.CharState(state)];

    /// <summary>Whether <see cref="Spellings"/> may be few after so many characters and at most so many more.</summary>
    public bool MayBeFew(int count, int more) =>
        Language.Min > 100 || (Lexer.IsAny ? Language.Max >= 0 && Language.Max - count <= more : Counts || (_isNarrow ??= IsNarrow()));

    private bool? _isNarrow;

    private bool IsNarrow()
    {
        const int Most = 100; // of larger automata each state is looked at where it is reached
        if (Lexer.Dfa.Count > Most)
            return true;
        for (int state = 0; state < Lexer.Dfa.Count; state++)
            if (Spellings(state * Lexer.Kinds, 0) < Ways.Many)
                return true;
        return false;
    }

    /// <summary>In how many ways at least a beginning can be completed, from any state; see <see cref="Ways"/>.</summary>
    public int Spellings(int state, int count) => (_ways ??= new Ways(Step, Accepts)).From(state, Counts ? count : 0);

    private long[] TextCounts => _textCounts ??= Lexer.Dfa.CountTexts();

    /// <summary>A count of characters from which the same tokens of at most so many characters may follow.</summary>
    public int Canonical(int count, int longest)
    {
        if (!Counts)
            return 0;
        bool far = Language.Max < 0 || Language.Max - count > longest + Language.Dfa.Count;
        return far ? Math.Min(count, Language.Min) : count;
    }

    /// <summary>One byte on; false if no accepted text begins so. <paramref name="count"/> is the number of characters begun.</summary>
    public bool Step(ref int state, ref int count, byte b)
    {
        int next = Lexer.Step(state, b);
        if (next < 0)
            return false;
        if (_check is not null)
        {
            if (Lexer.IsBetween(state))
                count++;
            if (!IsLive(next, count))
                return false;
        }
        state = next;
        return true;
    }

    public bool Accepts(int state, int count) =>
        Lexer.Accepts(state) && (_check is null || (count >= Language.Min && (Language.Max < 0 || count <= Language.Max)));

    /// <summary>Whether a state can be completed at a permitted length.</summary>
    private bool IsLive(int state, int count)
    {
        if (Lexer.IsAny || Lexer.IsBetween(state))
            return _check!.IsLive(Lexer.CharState(state), count);
        int[] row = Lexer.Row(state);
        for (int b = 0; b < 256; b++)
            if (row[b] >= 0 && IsLive(row[b], count))
                return true;
        return false;
    }
}
