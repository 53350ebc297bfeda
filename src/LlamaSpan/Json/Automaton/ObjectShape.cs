namespace LlamaSpan;

/// <summary>
/// One alternative of what an object may be: assertions that hold throughout ("hard"), and a formula over those that may or may not hold
/// ("open"), which is decided as properties are read.
/// </summary>
internal sealed class ObjectShape
{
    private const int MaxRegions = 256;
    private const int StepsPerName = 50; // of work that a listed name costs, its place in the trie included

    private readonly Dictionary<ObjectState.Content, ObjectState> _states = [];
    private readonly Dictionary<ulong, ExtraNames?> _extras = [];
    private readonly List<Expr.Keys> _hard = [];
    private readonly Dictionary<string, int> _positions = [];
    private readonly HashSet<string> _requiredNames = [];
    private readonly Dictionary<string, int> _indices = [];
    private Region[] _regions = [];

    public ObjectShape(JsonAutomaton automaton, Expr conjunction, bool distinct)
    {
        (Automaton, IsDistinct) = (automaton, distinct);
        var open = new List<Expr>();
        Max = int.MaxValue;
        foreach (Expr part in conjunction is Expr.All all ? all.Parts : [conjunction])
            if (!Settle(part))
                open.Add(part);
        Expr formula = Pool.All(open);
        var atoms = new List<Expr>();
        Atoms.Collect(formula, atoms);
        foreach (Expr.Keys keys in _hard.Concat(atoms.OfType<Expr.Keys>()))
            Name(keys.Class);
        int sizes = atoms.OfType<Expr.Size>().Select(s => s.Min).DefaultIfEmpty(0).Max();
        CountCap = Math.Max(Math.Max(Min, Max == int.MaxValue ? 0 : Max + 1), sizes);
        MakeRegions(_hard.Concat(atoms.OfType<Expr.Keys>()));
        Finish();
        if (Min <= Max)
            Start = State(new ObjectState.Content(new ulong[(Names.Length + 63) / 64], 0, formula, -1));
    }

    public JsonAutomaton Automaton { get; }

    /// <summary>Whether it may be an item that must differ from others, or a part of one: its scalars are then spelled in one way.</summary>
    public bool IsDistinct { get; }

    public ExprPool Pool => Automaton.Pool;

    /// <summary>The names that any schema of the shape mentions, in order of their spelling.</summary>
    public string[] Names { get; private set; } = [];

    /// <summary>What the value of each name must satisfy throughout.</summary>
    public Expr[] Values { get; private set; } = [];

    /// <summary>Rank of each name in the order in which schemas list them.</summary>
    public int[] Ranks { get; private set; } = [];

    /// <summary>The names that must occur, as bits.</summary>
    public ulong[] Required { get; private set; } = [];

    public bool IsRequired(int name) => (Required[name / 64] >> (name % 64) & 1) != 0;

    public int Min { get; private set; }

    public int Max { get; private set; }

    /// <summary>Counts of properties from here on make no difference.</summary>
    public int CountCap { get; }

    public KeyTrie Trie { get; private set; } = null!;

    /// <summary>The index of a name that the shape mentions.</summary>
    public int IndexOf(string name) => _indices[name];

    public bool IsListed(string name) => _indices.ContainsKey(name);

    /// <summary>Kinds of names that no schema lists.</summary>
    public ReadOnlySpan<Region> Regions => _regions;

    /// <summary>The state after the opening brace, or null if no object fits.</summary>
    public ObjectState? Start { get; }

    /// <summary>Whether one more property may always come, of a name that no schema lists.</summary>
    public bool IsOpen
    {
        get
        {
            foreach (Region region in _regions)
                if (Max == int.MaxValue && Start?.Formula == ExprPool.True && region.Language.NameMachine.Spellings(0, 0) == Ways.Many && Automaton.Value(region.Value).IsScalar)
                    return true;
            return false;
        }
    }

    public bool InOrder => Automaton.Options.PropertyOrder == JsonPropertyOrder.Schema;

    public ObjectState State(ObjectState.Content content)
    {
        if (!_states.TryGetValue(content, out ObjectState? state))
            _states.Add(content, state = new ObjectState(this, content));
        return state;
    }

    /// <summary>Reads unlisted names of some regions, given as bits; null if there are none.</summary>
    public ExtraNames? Extras(ulong regions)
    {
        if (regions == 0)
            return null;
        if (_extras.TryGetValue(regions, out ExtraNames? names))
            return names;
        var which = new List<int>();
        for (int r = 0; r < _regions.Length; r++)
            if ((regions >> r & 1) != 0)
                which.Add(r);
        using (Work.Share(2))
            names = Reader([.. which]);
        names ??= Reader([.. which.Where(r => _regions[r].Matches.Length < 2)]);
        _extras.Add(regions, names);
        return names;
    }

    /// <summary>Reads unlisted names of some regions; null if that is too large, and none is let through.</summary>
    private ExtraNames? Reader(int[] which)
    {
        if (which.Length == 0)
            return null;
        bool all = which.Length == 1 && _complete && _regions.Length == 1;
        try
        {
            StringLanguage language = all ? StringLanguage.All
                : which.Length == 1 ? _regions[which[0]].Language
                : StringLanguage.Of(CharDfa.Labelled([.. which.Select(r => _regions[r].Language.ToDfa())]));
            return new ExtraNames(language.NameMachine, which);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private bool _complete = true;

    /// <summary>What an unlisted name of a region is bound by: whether a class contains it.</summary>
    public bool Contains(KeyClass keys, in Region region) => keys switch
    {
        KeyClass.Name => false,
        KeyClass.Matching m => region.Matches.Contains(m.Keys),
        KeyClass.Failing f => !region.Matches.Contains(f.Allowed),
        KeyClass.Rest r => !r.Patterns.Any(region.Matches.Contains),
        _ => false,
    };

    private bool Settle(Expr part)
    {
        switch (part)
        {
            case Expr.Constant { Value: true }:
                return true;
            case Expr.Keys keys:
                _hard.Add(keys);
                return true;
            case Expr.Size size:
                Min = Math.Max(Min, size.Min);
                return true;
            case Expr.Not { Inner: Expr.Size size }:
                Max = Math.Min(Max, size.Min - 1);
                return true;
            case Expr.Not { Inner: Expr.Keys { Class: KeyClass.Name name } keys }:
                // some property of that name violates the schema: it must be there, and violate it
                _requiredNames.Add(name.Key);
                Mention(name.Key, int.MaxValue);
                if (keys.Schema != ExprPool.False)
                    _hard.Add((Expr.Keys)Pool.Keys(name, Pool.Not(keys.Schema)));
                return true;
            default:
                return false;
        }
    }

    private void Name(KeyClass keys)
    {
        if (keys is KeyClass.Name name)
            Mention(name.Key, name.Position);
        else if (keys is KeyClass.Rest rest)
            foreach (string key in rest.Names)
                Mention(key, int.MaxValue);
    }

    private void Mention(string name, int position) =>
        _positions[name] = Math.Min(position, _positions.GetValueOrDefault(name, int.MaxValue));

    /// <summary>Splits the unlisted names by which patterns they match; names of small regions become listed ones.</summary>
    private void MakeRegions(IEnumerable<Expr.Keys> all)
    {
        var patterns = new HashSet<StringLanguage>();
        foreach (Expr.Keys keys in all)
            switch (keys.Class)
            {
                case KeyClass.Matching m: patterns.Add(m.Keys); break;
                case KeyClass.Failing f: patterns.Add(f.Allowed); break;
                case KeyClass.Rest r: patterns.UnionWith(r.Patterns); break;
            }
        List<Region>? whole;
        using (Work.Share(2))
            whole = Split(patterns, most: int.MaxValue);
        List<Region> regions = whole ?? Split(patterns, most: 1) ?? []; // too large: only names of at most one pattern, or none, are let through
        var kept = new List<Region>();
        foreach (Region region in regions)
        {
            Expr value = Pool.All([.. _hard.Where(k => Contains(k.Class, region)).Select(k => k.Schema)]);
            if (value == ExprPool.False || kept.Count == 64)
                continue;
            if (region.Language.Words is { } words)
                foreach (string word in words)
                    Mention(word, int.MaxValue);
            else
                kept.Add(region with { Value = value });
        }
        _regions = [.. kept];
        _complete = whole is not null && kept.Count == regions.Count && regions.Count > 0;
    }

    /// <summary>The unlisted names by which patterns they match, those of more than so many left out; null if that is too large.</summary>
    private static List<Region>? Split(IEnumerable<StringLanguage> patterns, int most)
    {
        var regions = new List<Region> { new([], StringLanguage.All, ExprPool.True) };
        try
        {
            foreach (StringLanguage pattern in patterns)
            {
                StringLanguage other = pattern.Not();
                regions = [.. regions.SelectMany(r => (Region[])[
                    .. r.Matches.Length < most ? (Region[])[r with { Matches = [.. r.Matches, pattern], Language = r.Language.And(pattern) }] : [],
                    r with { Language = r.Language.And(other) }]).Where(r => !r.Language.IsEmpty)];
                if (regions.Count > MaxRegions)
                    return null;
            }
            return regions;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private void Finish()
    {
        string[] names = [.. _positions.Keys];
        byte[][] spellings = [.. names.Select(KeyTrie.Spell)];
        Array.Sort(spellings, names, KeyTrie.Order);
        Work.Spend((long)StepsPerName * names.Length);
        Names = names;
        Values = new Expr[names.Length];
        Required = new ulong[(names.Length + 63) / 64];
        Ranks = new int[names.Length];
        int[] order = [.. Enumerable.Range(0, names.Length)];
        Array.Sort(order, (a, b) => (_positions[names[a]], a).CompareTo((_positions[names[b]], b)));
        for (int rank = 0; rank < order.Length; rank++)
            Ranks[order[rank]] = rank;
        var single = _hard.Where(k => k.Name is not null).ToLookup(k => k.Name!);
        Expr.Keys[] classes = [.. _hard.Where(k => k.Name is null)];
        for (int k = 0; k < names.Length; k++)
        {
            string name = names[k];
            _indices.Add(name, k);
            Values[k] = Pool.All([.. single[name].Select(e => e.Schema), .. classes.Where(e => e.Class.Contains(name)).Select(e => e.Schema)]);
            if (_requiredNames.Contains(name))
                Required[k / 64] |= 1UL << (k % 64);
        }
        Trie = new KeyTrie(spellings);
    }
}

/// <summary>Unlisted names that match the same patterns, and what the hard assertions ask of their values.</summary>
internal readonly record struct Region(StringLanguage[] Matches, StringLanguage Language, Expr Value);
