namespace LlamaSpan;

/// <summary>
/// Splits what an expression asks of objects or of arrays into alternatives that are read side by side, where that is cheaper than one reading
/// that keeps them open: where several alternatives ask something of the same property or item.
/// </summary>
internal sealed class Alternatives(JsonAutomaton automaton)
{
    private const int MaxAlternatives = 256;
    private const int MaxSpread = 32;
    private const int MaxCompared = 12; // alternatives whose disjointness is looked for beyond their properties

    private readonly Dictionary<int, Expr[]> _known = [];

    private ExprPool Pool => automaton.Pool;

    /// <summary>The alternatives of an expression projected on one type.</summary>
    public Expr[] Of(Expr expr)
    {
        if (expr is Expr.Constant { Value: false })
            return [];
        if (_known.TryGetValue(expr.Id, out Expr[]? known))
            return known;
        bool settled = true;
        Expr[] alternatives = Top(expr, ref settled);
        alternatives = [.. alternatives.SelectMany(a => a is Expr.All all ? Spread(all) : [a])];
        if (settled)
            _known.Add(expr.Id, alternatives);
        return alternatives;
    }

    private Expr[] Top(Expr expr, ref bool settled) => expr switch
    {
        Expr.Any a when a.Parts.Length <= MaxAlternatives => a.Parts,
        Expr.ExactlyOne o when o.Parts.Length <= MaxAlternatives => Disjoint(o, ref settled),
        _ => [expr],
    };

    /// <summary>Draws a conjunction's own alternatives out of it, as long as they stay few.</summary>
    private Expr[] Spread(Expr.All conjunction)
    {
        Expr[] spread = [ExprPool.True];
        var rest = new List<Expr>();
        foreach (Expr part in conjunction.Parts.OrderBy(Count))
        {
            Expr[] parts = part switch { Expr.Any a => a.Parts, Expr.ExactlyOne o => o.Parts, _ => [] };
            if (parts.Length < 2 || spread.Length * parts.Length > MaxSpread || !Compete(parts))
            {
                rest.Add(part);
                continue;
            }
            if (part is Expr.ExactlyOne one && !AreApart(one, Pool.All(conjunction.Parts.Where(p => Count(p) == 1))))
            {
                rest.Add(part); // negations to carry along would cost more than they save
                continue;
            }
            spread = [.. spread.SelectMany(s => parts.Select(p => Pool.All(s, p)))];
        }
        return spread is [Expr.Constant { Value: true }] ? [conjunction] : [.. spread.Select(s => Pool.All([s, .. rest])).Where(s => s != ExprPool.False)];
    }

    private static int Count(Expr part) => part switch { Expr.Any a => a.Parts.Length, Expr.ExactlyOne o => o.Parts.Length, _ => 1 };

    /// <summary>Whether two alternatives ask different things of the same property or item.</summary>
    private static bool Compete(Expr[] parts)
    {
        var asked = new Dictionary<string, Expr>();
        bool items = false;
        foreach (Expr part in parts)
        {
            var atoms = new List<Expr>();
            Atoms.Collect(part, atoms);
            foreach (Expr.Keys keys in atoms.OfType<Expr.Keys>().Where(k => k.Schema is not Expr.Constant))
                if (!asked.TryAdd(keys.Name ?? "", keys) && asked[keys.Name ?? ""] != keys)
                    return true;
            if (!atoms.Exists(a => a is Expr.Items))
                continue;
            if (items)
                return true;
            items = true;
        }
        return false;
    }

    private bool AreApart(Expr.ExactlyOne one, Expr context)
    {
        Properties[] properties = [.. one.Parts.Select(p => new Properties(Pool.All(p, context)))];
        for (int i = 0; i < properties.Length; i++)
            for (int j = 0; j < i; j++)
                if (!properties[i].AreApart(properties[j], automaton))
                    return false;
        return true;
    }

    /// <summary>Alternatives of which exactly one must hold, each with the negation of those it may hold together with.</summary>
    private Expr[] Disjoint(Expr.ExactlyOne one, ref bool settled)
    {
        var result = new List<Expr>();
        Properties[] properties = [.. one.Parts.Select(p => new Properties(p))];
        for (int i = 0; i < properties.Length; i++)
        {
            var parts = new List<Expr> { one.Parts[i] };
            for (int j = 0; j < properties.Length; j++)
            {
                if (j == i || properties[i].AreApart(properties[j], automaton))
                    continue;
                bool? overlaps = properties.Length > MaxCompared ? true : Overlaps(one.Parts[i], one.Parts[j]);
                settled &= overlaps is not null;
                if (overlaps != false)
                    parts.Add(Pool.Not(one.Parts[j]));
            }
            result.Add(Pool.All(parts));
        }
        return [.. result];
    }

    /// <summary>Whether two alternatives have a value in common; null if that hangs on a schema whose height is still open.</summary>
    private bool? Overlaps(Expr a, Expr b)
    {
        Expr both = Pool.All(a, b, Pool.Type(TypeOf(a)));
        int height = automaton.HeightOf(both);
        return height != ValueNode.Unsatisfiable ? true : both is Expr.Constant || automaton.Value(both).KnownHeight is not null ? false : null;
    }

    private static JsonTypes TypeOf(Expr projected) => projected switch
    {
        Expr.Keys or Expr.Size => JsonTypes.Object,
        Expr.Items or Expr.Length or Expr.Contains or Expr.Unique => JsonTypes.Array,
        Expr.Not n => TypeOf(n.Inner),
        Expr.All a => TypeOf(a.Parts[0]),
        Expr.Any a => TypeOf(a.Parts[0]),
        Expr.ExactlyOne o => TypeOf(o.Parts[0]),
        _ => JsonTypes.All,
    };

    /// <summary>What an alternative asks of single properties.</summary>
    private readonly struct Properties
    {
        private readonly Dictionary<string, List<Expr>> _asked = [];
        private readonly HashSet<string> _required = [];

        public Properties(Expr conjunction)
        {
            foreach (Expr part in conjunction is Expr.All all ? all.Parts : [conjunction])
                if (part is Expr.Keys { Name: { } name } keys)
                    (_asked.TryGetValue(name, out List<Expr>? list) ? list : _asked[name] = []).Add(keys.Schema);
                else if (part is Expr.Not { Inner: Expr.Keys { Name: { } missing, Schema: Expr.Constant { Value: false } } })
                    _required.Add(missing);
        }

        /// <summary>True if some property that one of the two requires cannot please both.</summary>
        public bool AreApart(in Properties other, JsonAutomaton automaton)
        {
            foreach ((string name, List<Expr> mine) in _asked)
                if (other._asked.TryGetValue(name, out List<Expr>? theirs) && (_required.Contains(name) || other._required.Contains(name))
                    && AreApart(automaton, automaton.Pool.All([.. mine, .. theirs])))
                    return true;
            return false;
        }

        private static bool AreApart(JsonAutomaton automaton, Expr both) =>
            automaton.HeightOf(both) == ValueNode.Unsatisfiable && (both is Expr.Constant || automaton.Value(both).KnownHeight is not null);
    }
}
