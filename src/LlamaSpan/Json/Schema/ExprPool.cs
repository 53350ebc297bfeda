using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>Makes the expressions of one grammar, simplified and each only once. Not thread-safe.</summary>
internal sealed class ExprPool
{
    private readonly Dictionary<object, Expr> _known = [];
    private readonly Dictionary<(int, JsonTypes), Expr?> _projections = [];
    private int _count = 2;

    /// <summary>The names whose texts strings must come from, and the least lengths asked for.</summary>
    public List<(string Source, int Min)> GroundedSources { get; } = [];

    /// <summary>Where items must differ, and what they must satisfy there.</summary>
    public List<(string Pointer, Expr[] Items)> UniqueItems { get; } = [];

    public bool HasGrounded => GroundedSources.Count > 0 || RepeatsValues;

    /// <summary>True if strings must repeat values of the instance itself.</summary>
    public bool RepeatsValues { get; set; }

    public static Expr True { get; } = new Expr.Constant(true) { Id = 0 };

    public static Expr False { get; } = new Expr.Constant(false) { Id = 1 };

    /// <summary>Number of expressions made.</summary>
    public int Count => _count;

    public static Expr Constant(bool value) => value ? True : False;

    public Expr Type(JsonTypes types) =>
        types == JsonTypes.All ? True : types == JsonTypes.None ? False : Intern(types, () => new Expr.Type(types));

    public Expr Text(StringLanguage language) => language.IsAll ? True
        : Intern(language.Words is { } words ? string.Concat(words.Select(w => $"{w.Length}:{w}")) : language, () => new Expr.Text(language));

    public Expr Number(NumberLanguage language) => ReferenceEquals(language, NumberLanguage.All) ? True : Intern(language.Values is { } values ? ('#', string.Join(' ', values.Select(v => v.ToString()))) : language, () => new Expr.Number(language));

    public Expr Reference(SchemaSlot slot) => slot.Target ?? Intern(slot, () => new Expr.Reference(slot));

    public Expr Grounded(string source) => Intern(("grounded", source), () => new Expr.Grounded(source));

    /// <summary>Every expression made.</summary>
    public IEnumerable<Expr> Made => _known.Values;

    /// <summary>What items of arrays must satisfy so far, any array's: keywords beside those of one may speak of the same items.</summary>
    public Expr[] ItemSchemas() => [.. Made.Select(e => e is Expr.Items items ? items.Schema : (e as Expr.Contains)?.Schema).OfType<Expr>().Distinct()];

    /// <summary>A schema that admits all still tells a name's place in the order of properties.</summary>
    public Expr Keys(KeyClass keys, Expr schema) =>
        schema == True && keys is not KeyClass.Name { Position: < int.MaxValue } ? True : Intern((keys, schema.Id), () => new Expr.Keys(keys, schema));

    public Expr Size(int min) => min <= 0 ? True : Intern(('s', min), () => new Expr.Size(min));

    public Expr Items(int from, int to, Expr schema) =>
        schema == True || from == to ? True : Intern((from, to, schema.Id), () => new Expr.Items(from, to, schema));

    public Expr Length(int min) => min <= 0 ? True : Intern(('l', min), () => new Expr.Length(min));

    public Expr Contains(Expr schema, int min) =>
        min <= 0 ? True : schema == True ? Length(min) : schema == False ? Type(JsonTypes.All & ~JsonTypes.Array) : Intern(('c', schema.Id, min), () => new Expr.Contains(schema, min));

    public Expr Unique() => Intern('u', () => new Expr.Unique());

    /// <summary>An object has a property of that name.</summary>
    public Expr Required(string name) => Denied(Keys(new KeyClass.Name(name), False), JsonTypes.Object);

    /// <summary>The negation of an assertion about one type, as an assertion about that type: it holds for values of other types.</summary>
    public Expr Denied(Expr atom, JsonTypes type) => Any(Type(JsonTypes.All & ~type), Not(atom));

    public Expr Not(Expr inner) => inner switch
    {
        Expr.Constant c => Constant(!c.Value),
        Expr.Keys k when k.Schema == True => False,
        Expr.Not n => n.Inner,
        Expr.Type t => Type(JsonTypes.All & ~t.Types),
        _ => Intern(('n', inner.Id), () => new Expr.Not(inner)),
    };

    public Expr All(params IEnumerable<Expr> parts) => Junction(parts, all: true);

    public Expr Any(params IEnumerable<Expr> parts) => Junction(parts, all: false);

    public Expr ExactlyOne(IReadOnlyList<Expr> parts)
    {
        Expr[] list = [.. parts.Where(p => p != False).Select(p => p is Expr.Keys k && k.Schema == True ? True : p)];
        int sure = list.Count(p => p == True);
        if (sure > 0)
            return sure > 1 ? False : Not(Any(list.Where(p => p != True)));
        return list.Length == 0 ? False : list.Length == 1 ? list[0]
            : Intern(new Key('o', [.. list.Select(p => p.Id).Order()]), () => new Expr.ExactlyOne(list));
    }

    private Expr Junction(IEnumerable<Expr> parts, bool all)
    {
        var list = new List<Expr>();
        JsonTypes types = all ? JsonTypes.All : JsonTypes.None;
        foreach (Expr part in parts)
            Flatten(part);
        Expr typed = Type(types);
        if (typed == Constant(!all))
            return typed;
        if (typed != Constant(all))
            list.Add(typed);
        list.Sort((a, b) => a.Id.CompareTo(b.Id));
        int kept = 0;
        for (int i = 0; i < list.Count; i++)
            if (i == 0 || list[i] != list[i - 1])
                list[kept++] = list[i];
        list.RemoveRange(kept, list.Count - kept);
        foreach (Expr part in list)
            if (part == Constant(!all) || (part is Expr.Not n && list.BinarySearch(n.Inner, ById.Instance) >= 0))
                return Constant(!all);
        if (list.Count <= 1)
            return list.Count == 0 ? Constant(all) : list[0];
        Work.Spend(list.Count);
        Expr[] array = [.. list];
        return Intern(new Key(all ? 'a' : 'v', [.. array.Select(p => p.Id)]), () => all ? new Expr.All(array) : new Expr.Any(array));

        void Flatten(Expr part)
        {
            if (!all && part is Expr.Keys k && k.Schema == True)
                part = True;
            if (part == Constant(all))
                return;
            Expr[]? inner = all ? (part as Expr.All)?.Parts : (part as Expr.Any)?.Parts;
            if (inner is not null)
                foreach (Expr p in inner)
                    Flatten(p);
            else if (part is Expr.Type t)
                types = all ? types & t.Types : types | t.Types;
            else
                list.Add(part);
        }
    }

    /// <summary>What an expression asks of values of one type: assertions about other types are settled, references followed.</summary>
    /// <exception cref="GrammarException">A schema refers to itself without a property or item between.</exception>
    public Expr Project(Expr expr, JsonTypes type)
    {
        if (expr is Expr.Constant)
            return expr;
        if (_projections.TryGetValue((expr.Id, type), out Expr? known))
            return known ?? throw new GrammarException("a schema that refers to itself without end", "", "$ref");
        RuntimeHelpers.EnsureSufficientExecutionStack();
        _projections[(expr.Id, type)] = null;
        try
        {
            Expr result = expr switch
            {
                Expr.All a => All([.. a.Parts.Select(p => Project(p, type))]),
                Expr.Any a => Any([.. a.Parts.Select(p => Project(p, type))]),
                Expr.ExactlyOne o => ExactlyOne([.. o.Parts.Select(p => Project(p, type))]),
                Expr.Not n => Not(Project(n.Inner, type)),
                Expr.Reference r => Project(r.Slot.Target ?? throw new GrammarException("a name condition that refers to its own schema", "", "propertyNames"), type),
                Expr.Type t => Constant((t.Types & type) != 0),
                _ => About(expr) == type ? expr : True,
            };
            _projections[(expr.Id, type)] = result;
            return result;
        }
        catch
        {
            _projections.Remove((expr.Id, type));
            throw;
        }
    }

    private static JsonTypes About(Expr expr) => expr switch
    {
        Expr.Text or Expr.Grounded => JsonTypes.String,
        Expr.Number => JsonTypes.Number,
        Expr.Keys or Expr.Size => JsonTypes.Object,
        _ => JsonTypes.Array,
    };

    /// <summary>Replaces an assertion, everywhere but inside other assertions.</summary>
    public Expr Substitute(Expr expr, Expr atom, Expr value)
    {
        if (expr == atom)
            return value;
        return expr switch
        {
            Expr.All a => Parts(a.Parts) is { } parts ? All(parts) : expr,
            Expr.Any a => Parts(a.Parts) is { } parts ? Any(parts) : expr,
            Expr.ExactlyOne o => Parts(o.Parts) is { } parts ? ExactlyOne(parts) : expr,
            Expr.Not n => Substitute(n.Inner, atom, value) is var inner && inner == n.Inner ? expr : Not(inner),
            _ => expr,
        };

        Expr[]? Parts(Expr[] old)
        {
            Expr[]? parts = null;
            for (int i = 0; i < old.Length; i++)
            {
                Expr part = Substitute(old[i], atom, value);
                if (part != old[i])
                    (parts ??= [.. old])[i] = part;
            }
            return parts;
        }
    }

    private Expr Intern(object key, Func<Expr> make)
    {
        if (_known.TryGetValue(key, out Expr? expr))
            return expr;
        expr = make();
        expr.Id = _count++;
        _known.Add(key, expr);
        return expr;
    }

    private sealed class ById : IComparer<Expr>
    {
        public static ById Instance { get; } = new();

        public int Compare(Expr? x, Expr? y) => x!.Id.CompareTo(y!.Id);
    }

    /// <summary>A junction's parts as a dictionary key.</summary>
    private sealed class Key : IEquatable<Key>
    {
        private readonly char _kind;
        private readonly int[] _ids;
        private readonly int _hash;

        public Key(char kind, int[] ids)
        {
            (_kind, _ids) = (kind, ids);
            HashCode hash = new();
            hash.Add(kind);
            foreach (int id in ids)
                hash.Add(id);
            _hash = hash.ToHashCode();
        }

        public bool Equals(Key? other) => other is not null && _kind == other._kind && _ids.AsSpan().SequenceEqual(other._ids);

        public override bool Equals(object? obj) => Equals(obj as Key);

        public override int GetHashCode() => _hash;
    }
}
