namespace LlamaSpan;

/// <summary>
/// A set of texts: either finite and listed, or those an automaton accepts with Min to Max characters (Max -1 for no limit). Lengths stay
/// beside the automaton so that long limits cost nothing; so do words left out of a large language, until its automaton is asked for.
/// </summary>
internal sealed class StringLanguage
{
    private const int MaxWords = 64; // a union of finite languages may list more: see Or
    private const int LongRepetition = 1000; // characters, from which on a state for each is too much

    private StringMachine? _machine;
    private StringMachine? _nameMachine;
    private readonly StringLanguage? _whole;
    private readonly string[] _missing = []; // words of the whole language that this one lacks
    private StringLanguage? _not;
    private CharDfa? _dfa;
    private long? _texts;

    private StringLanguage(string[]? words, CharDfa dfa, int min, int max) => (Words, _dfa, Min, Max) = (words, dfa, min, max);

    private StringLanguage(StringLanguage whole, string[] missing) => (_whole, _missing, Min, Max) = (whole, missing, whole.Min, whole.Max);

    public static StringLanguage All { get; } = new(null, CharDfa.Any, 0, -1);

    public static StringLanguage None { get; } = new([], CharDfa.None, 0, -1);

    /// <summary>The texts, distinct and in ordinal order, or null if not listed.</summary>
    public string[]? Words { get; }

    /// <summary>The automaton, meaningful where <see cref="Words"/> is null.</summary>
    public CharDfa Dfa => _dfa ??= WithoutMissing();

    public int Min { get; }

    public int Max { get; }

    /// <summary>The machine that reads the language's texts as JSON strings, shared by all who use the language.</summary>
    public StringMachine Machine => _machine ??= new StringMachine(this);

    public bool IsEmpty => Words is { Length: 0 };

    public bool IsAll => Words is null && _whole is null && Dfa.IsAny && Min == 0 && Max < 0;

    /// <summary>The machine that reads the language's texts as names of properties, spelled canonically; shared too.</summary>
    public StringMachine NameMachine => _nameMachine ??= new StringMachine(this, TextSpelling.Canonical);

    public static StringLanguage Of(IEnumerable<string> words)
    {
        string[] list = [.. words.Distinct().Order(StringComparer.Ordinal)];
        return list.Length == 0 ? None : new(list, CharDfa.None, 0, -1);
    }

    public static StringLanguage Of(CharDfa dfa, int min = 0, int max = -1)
    {
        if (dfa.IsEmpty || (max >= 0 && max < min))
            return None;
        int longest = dfa.IsAny ? int.MaxValue : dfa.Longest[0];
        if (longest < min || (max >= 0 && !dfa.IsAny && dfa.Shortest[0] > max))
            return None;
        if (max < 0 && longest < int.MaxValue && longest <= 40 && dfa.Words(MaxWords) is { } words)
            return Of(words.Where(w => Length(w) >= min));
        if (max >= 0 && longest <= max)
            max = -1;
        if (min > 0 && !dfa.IsAny && dfa.Shortest[0] >= min)
            min = 0;
        var language = new StringLanguage(null, dfa, min, max);
        return dfa.IsAny || new LengthCheck(language).IsLive(0, 0) ? language : None;
    }

    /// <summary>The texts a pattern is found in.</summary>
    /// <exception cref="FormatException">The pattern is malformed, or needs more than an automaton.</exception>
    public static StringLanguage OfPattern(string pattern)
    {
        RegexNode node = RegexParser.Parse(pattern);
        return node is RegexNode.Concat { Parts: [RegexNode.Begin, RegexNode.Repeat { Inner: RegexNode.Set set, Min: var min, Max: var max }, RegexNode.End] }
            && Math.Max(min, max) > LongRepetition
            ? Of(RegexAutomaton.Build(new RegexNode.Repeat(set, 0, -1), whole: true), min, max)
            : Of(RegexAutomaton.Build(node));
    }

    public bool Contains(string text)
    {
        if (Words is not null)
            return Array.BinarySearch(Words, text, StringComparer.Ordinal) >= 0;
        if (_whole is not null)
            return _whole.Contains(text) && !_missing.Contains(text);
        int length = Length(text);
        return length >= Min && (Max < 0 || length <= Max) && Dfa.Matches(text);
    }

    /// <summary>The texts but some words.</summary>
    /// <exception cref="FormatException">The automaton would be too large.</exception>
    public StringLanguage Without(IEnumerable<string> words)
    {
        if (Words is not null)
            return Of(Words.Except(words));
        string[] missing = [.. words.Where(Contains).Distinct()];
        if (missing.Length == 0)
            return this;
        if (_whole is not null)
            return _whole.Without([.. _missing, .. missing]);
        bool fits = Dfa.Count + missing.Sum(w => w.Length) + 1 <= CharDfa.MaxStates; // a state more for each letter at most
        return fits && HasMoreThan(missing.Length) ? new StringLanguage(this, missing) : And(Of(missing).Not());
    }

    private bool HasMoreThan(int texts) =>
        Max < 0 && (Dfa.IsAny || Dfa.Longest[0] == int.MaxValue || (Min == 0 && (_texts ??= Dfa.CountTexts()[0]) > texts));

    private CharDfa WithoutMissing()
    {
        using Work.Scope unbounded = Work.Suspend(); // what it takes is small, and that there are texts was promised
        return _whole!.Dfa.Without(CharDfa.Of(_missing));
    }

    /// <exception cref="FormatException">The automaton would be too large.</exception>
    public StringLanguage And(StringLanguage other)
    {
        if (IsAll)
            return other;
        if (other.IsAll)
            return this;
        if (Words is not null)
            return Of(Words.Where(other.Contains));
        if (other.Words is not null)
            return other.And(this);
        int max = Max < 0 ? other.Max : other.Max < 0 ? Max : Math.Min(Max, other.Max);
        return Of(Dfa.And(other.Dfa), Math.Max(Min, other.Min), max);
    }

    /// <exception cref="FormatException">The automaton would be too large.</exception>
    public StringLanguage Or(StringLanguage other)
    {
        if (IsEmpty || other.IsAll)
            return other;
        if (other.IsEmpty || IsAll)
            return this;
        if (Words is not null && other.Words is not null)
            return Of(Words.Concat(other.Words));
        if (Words is not null && Words.All(other.Contains))
            return other;
        return other.Words is not null && other.Words.All(Contains) ? this : Of(ToDfa().Or(other.ToDfa()));
    }

    /// <exception cref="FormatException">The automaton would be too large.</exception>
    public StringLanguage Not() => IsAll ? None : IsEmpty ? All : _not ??= Of(ToDfa().Complement());

    /// <exception cref="FormatException">The automaton would be too large.</exception>
    public CharDfa ToDfa() =>
        Words is not null ? CharDfa.Of(Words) : Min == 0 && Max < 0 ? Dfa : Dfa.And(CharDfa.Length(Min, Max));

    public static int Length(string text)
    {
        int pairs = 0;
        foreach (char c in text)
            pairs += char.IsLowSurrogate(c) ? 1 : 0;
        return text.Length - pairs;
    }
}
