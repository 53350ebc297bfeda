using System.Collections.Concurrent;

namespace LlamaSpan;

/// <summary>
/// A set of numbers by their spellings: those known to be in it and those known not to be. A spelling in neither (an exponent beside a
/// multipleOf) is never let through, whichever way the set is used.
/// </summary>
internal sealed class NumberLanguage
{
    private const int MaxNegatedValues = 60;

    private const int MaxCached = 20_000;

    private static readonly ConcurrentDictionary<NumberCondition, NumberLanguage> Cache = new();
    private static readonly ConcurrentDictionary<(NumberLanguage, NumberLanguage, bool), NumberLanguage> Combined = new();

    private readonly CharDfa? _no;
    private CharDfa? _yes;
    private NumberMachine? _machine;
    private NumberLanguage? _not;
    private NumberLanguage? _canonical;

    private NumberLanguage(ExactDecimal[]? values, CharDfa? yes, CharDfa? no) => (Values, _yes, _no) = (values, yes, no);

    public static NumberLanguage All { get; } = new(null, Spellings(null, true), CharDfa.None);

    public static NumberLanguage None { get; } = new([], CharDfa.None, All.Yes);

    /// <summary>The numbers, ascending, or null if not listed.</summary>
    public ExactDecimal[]? Values { get; }

    /// <summary>The machine that reads the language's numbers, shared by all who use the language.</summary>
    public NumberMachine Machine(int maxDigits) => _machine is { } m && m.MaxDigits == maxDigits ? m : _machine = new NumberMachine(this, maxDigits);

    /// <summary>The spellings known to be in the set.</summary>
    public CharDfa Yes => _yes ??= Spell(Values!);

    /// <summary>The same numbers, each spelled in one way; those without such a spelling left out.</summary>
    public NumberLanguage Canonical => _canonical ??= new(null, Yes.And(Of(new NumberCondition.Canonical()).Yes), All.Yes);

    public bool IsEmpty => Values is { Length: 0 } || (Values is null && Yes.IsEmpty);

    /// <exception cref="FormatException">The automaton would be too large.</exception>
    public static NumberLanguage Of(NumberCondition condition)
    {
        if (condition is NumberCondition.Multiple { Unit: var unit } && (unit.Whole.Length + unit.Fraction.Length > 9 || unit.Scaled(-unit.Fraction.Length) > 3000))
            throw new FormatException($"a multipleOf of more than 3000 units of its last place: {unit}");
        if (Cache.Count > MaxCached)
            Cache.Clear();
        return Cache.GetOrAdd(condition, static c => new NumberLanguage(null, Spellings(c, true), Spellings(c, false)));
    }

    public static NumberLanguage Of(IEnumerable<ExactDecimal> values) => new([.. values.Distinct().Order()], null, null);

    public NumberLanguage And(NumberLanguage other)
    {
        if (ReferenceEquals(this, All))
            return other;
        if (ReferenceEquals(other, All))
            return this;
        if (Values is not null)
            return Of(Values.Where(other.Contains));
        if (other.Values is not null)
            return other.And(this);
        return Combine(this, other, (this, other, true), static (a, b) => new(null, a.Yes.And(b.Yes), a.No.Or(b.No)));
    }

    public NumberLanguage Or(NumberLanguage other)
    {
        if (IsEmpty || ReferenceEquals(other, All))
            return other;
        if (other.IsEmpty || ReferenceEquals(this, All))
            return this;
        if (Values is not null && other.Values is not null)
            return Of(Values.Concat(other.Values));
        return Combine(this, other, (this, other, false), static (a, b) => new(null, a.Yes.Or(b.Yes), a.No.And(b.No)));
    }

    /// <summary>Forgets the languages known to the process.</summary>
    public static void ClearCaches()
    {
        Cache.Clear();
        Combined.Clear();
    }

    /// <summary>Combines languages that are shared by the process, as bounds are, once.</summary>
    private static NumberLanguage Combine(
        NumberLanguage a, NumberLanguage b, (NumberLanguage, NumberLanguage, bool) key, Func<NumberLanguage, NumberLanguage, NumberLanguage> make)
    {
        if (a.Values is not null || b.Values is not null)
            return make(a, b);
        if (Combined.Count > MaxCached)
            Combined.Clear();
        return Combined.TryGetValue(key, out NumberLanguage? known) ? known : Combined.GetOrAdd(key, make(a, b));
    }

    public NumberLanguage Not() => ReferenceEquals(this, All) ? None : ReferenceEquals(this, None) ? All : _not ??= new(null, No, Yes);

    private CharDfa No => _no ?? Exclude(Values!);

    private bool Contains(ExactDecimal value) => Values is not null ? Values.Contains(value) : Yes.Matches(value.ToString());

    private static CharDfa Exclude(ExactDecimal[] values)
    {
        if (values.Length > MaxNegatedValues)
            throw new FormatException($"a negated enumeration of more than {MaxNegatedValues} numbers");
        CharDfa result = All.Yes;
        foreach (ExactDecimal value in values)
            result = result.And(Of(new NumberCondition.Below(value, false)).Yes.Or(Of(new NumberCondition.Below(value, true)).No));
        return result;
    }

    /// <summary>Each value without exponent, needless zeros allowed after its fraction; the shortest exponent form of the very large and small.</summary>
    private static CharDfa Spell(ExactDecimal[] values)
    {
        var choices = new List<RegexNode>();
        var zeros = new RegexNode.Repeat(Chars('0'), 0, -1);
        foreach (ExactDecimal value in values)
        {
            string whole = value.Whole.Length == 0 ? "0" : value.Whole;
            RegexNode sign = value.Negative ? Chars('-') : value.IsZero ? new RegexNode.Repeat(Chars('-'), 0, 1) : new RegexNode.Concat([]);
            RegexNode tail = value.Fraction.Length > 0
                ? new RegexNode.Concat([Chars('.'), .. value.Fraction.Select(Chars), zeros])
                : new RegexNode.Repeat(new RegexNode.Concat([Chars('.'), new RegexNode.Repeat(Chars('0'), 1, -1)]), 0, 1);
            choices.Add(new RegexNode.Concat([sign, .. whole.Select(Chars), tail]));
            if (value.Exponent is < -3 or > 16)
            {
                string mantissa = value.Digits.Length == 1 ? value.Digits : $"{value.Digits[0]}.{value.Digits[1..]}";
                int power = value.Exponent - 1;
                string text = $"{(value.Negative ? "-" : "")}{mantissa}e{(power < 0 ? "-" : "+")}{Math.Abs(power):00}";
                choices.Add(new RegexNode.Concat([.. text.Select(Chars)]));
            }
        }
        return choices.Count == 0 ? CharDfa.None : RegexAutomaton.Build(new RegexNode.Alternate([.. choices]), whole: true);
    }

    private static RegexNode Chars(char c) => new RegexNode.Set(CharSet.Single(c));

    /// <summary>The spellings for which a condition is decided so; every spelling if there is none.</summary>
    private static CharDfa Spellings(NumberCondition? condition, bool holds)
    {
        NumberScanner? scanner = condition is null ? null : NumberScanner.For(condition);
        NumberSyntax.Exponents exponents = condition switch
        {
            NumberCondition.Multiple => NumberSyntax.Exponents.None,
            NumberCondition.Below { Bound: { IsZero: false } bound } => (bound.Exponent >= -3 ? NumberSyntax.Exponents.Tiny : 0)
                | (bound.Exponent <= 16 ? NumberSyntax.Exponents.Huge : 0),
            _ => NumberSyntax.Exponents.Free,
        };
        return CharDfa.Explore(
            NumberSyntax.Alphabet,
            (Phase: NumberSyntax.Phase.Start, Scan: scanner?.Start ?? 0),
            (s, symbol, out to) =>
            {
                int c = NumberSyntax.Alphabet.Sample[symbol];
                NumberSyntax.Phase phase = c is > 0 and < 128 ? NumberSyntax.Next(s.Phase, (char)c, exponents) : NumberSyntax.Phase.Dead;
                to = (phase, scanner is null || phase == NumberSyntax.Phase.Dead ? 0 : Feed(scanner, s.Scan, s.Phase, phase, (char)c));
                return phase != NumberSyntax.Phase.Dead;
            },
            s => NumberSyntax.IsComplete(s.Phase) && (scanner is null || scanner.Holds(s.Scan) == holds));
    }

    /// <summary>The scanner sees digits, sign and point; an exponent as 'e', then 't' or 'h' once its sign is known.</summary>
    private static long Feed(NumberScanner scanner, long state, NumberSyntax.Phase from, NumberSyntax.Phase to, char c)
    {
        if (to == NumberSyntax.Phase.E)
            return scanner.Step(state, 'e');
        if (to == NumberSyntax.Phase.EMinus)
            return scanner.Step(state, 't');
        if (to == NumberSyntax.Phase.EPlus || from == NumberSyntax.Phase.E)
            return scanner.Step(state, 'h');
        return to > NumberSyntax.Phase.E ? state : scanner.Step(state, c);
    }
}
