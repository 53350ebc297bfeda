namespace LlamaSpan;

/// <summary>Before a value of a schema. A is 1 where a space must come first, B the count of white space.</summary>
internal sealed class ValueNode : Node
{
    public const int Unsatisfiable = int.MaxValue;

    private readonly JsonAutomaton _automaton;
    private readonly bool _distinct;
    private Parts? _parts;

    public ValueNode(JsonAutomaton automaton, Expr expr, bool distinct) => (_automaton, Expr, _distinct) = (automaton, expr, distinct);

    public Expr Expr { get; }

    /// <summary>Whether it must be possible to tell it from others.</summary>
    public bool IsDistinct => _distinct;

    /// <summary>How deep a value nests at least: 0 for a scalar; <see cref="Unsatisfiable"/> if there is none. See <see cref="JsonAutomaton.HeightOf"/>.</summary>
    public int? KnownHeight { get; set; }

    /// <summary>See <see cref="JsonAutomaton.HeightOf"/>.</summary>
    public int Height => KnownHeight ?? _automaton.HeightOf(Expr);

    public JsonTypes Literals => Ready.Literals;

    public NumberNode? Number => Ready.Number;

    /// <summary>Its machine is made when first asked for.</summary>
    public StringNode? String => Ready is { Strings.IsEmpty: false } parts ? parts.String ??= _automaton.Strings(parts.Strings, _distinct) : null;

    /// <summary>Whether a value may be something else than an object or array.</summary>
    public bool IsScalar => Ready is { Literals: not 0 } or { Strings.IsEmpty: false } or { Grounded.Length: > 0 } or { Number: not null };

    /// <summary>Strings that must come from given texts, by alternative.</summary>
    public GroundedNode[] Grounded => Ready.Grounded;

    /// <summary>States of an object just opened, one for each alternative.</summary>
    public ObjectState[] Objects => (Ready.Objects ?? Fill(structures: true).Objects)!;

    /// <summary>States of an array just opened, one for each alternative.</summary>
    public ArrayState[] Arrays => (Ready.Arrays ?? Fill(structures: true).Arrays)!;

    private Parts Ready => Volatile.Read(ref _parts) ?? Fill(structures: false);

    private Parts Fill(bool structures)
    {
        using Work.Scope scope = Work.Begin(Work.ToReach);
        lock (_automaton.Lock)
        {
            Parts parts = _parts is { } known ? known with { } : Scalars();
            if (structures)
            {
                parts.Objects = _automaton.Objects(Expr, _distinct);
                parts.Arrays = _automaton.Arrays(Expr, _distinct);
            }
            Volatile.Write(ref _parts, parts);
            return parts;
        }
    }

    private Parts Scalars()
    {
        JsonTypes literals = 0;
        foreach (JsonTypes type in (ReadOnlySpan<JsonTypes>)[JsonTypes.Null, JsonTypes.True, JsonTypes.False])
            if (_automaton.Pool.Project(Expr, type) == ExprPool.True)
                literals |= type;
        return new Parts { Literals = literals, Number = _automaton.NumberOf(Expr, _distinct), Strings = _automaton.StringsOf(Expr), Grounded = _distinct && !_automaton.FollowsItems ? [] : _automaton.GroundedOf(Expr) };
    }

    private sealed record Parts
    {
        public JsonTypes Literals { get; init; }

        public NumberNode? Number { get; init; }

        public required StringLanguage Strings { get; init; }

        public StringNode? String { get; set; }

        public GroundedNode[] Grounded { get; init; } = [];

        public ObjectState[]? Objects { get; set; }

        public ArrayState[]? Arrays { get; set; }
    }
}
