namespace LlamaSpan;

/// <summary>The ways to go on with an array's next item: for each assertion of the open formula that speaks of it, it satisfies it or not.</summary>
internal ref struct ArrayForks
{
    private const int MaxForks = 64;

    private readonly ArrayState _state;
    private readonly List<Expr> _schemas; // each schema that an assertion about this item tests
    private readonly List<(Expr Value, Expr Formula, bool MayBe)> _found;

    private ArrayForks(ArrayState state)
    {
        (_state, _schemas, _found) = (state, [], []);
        foreach (Expr atom in Open(state.Formula))
            if (SchemaOf(atom) is { } schema && !_schemas.Contains(schema))
                _schemas.Add(schema);
    }

    public static Fork[] Make(ArrayState state)
    {
        ArrayShape shape = state.Shape;
        Expr value = shape.Value(state.Index);
        if (state.Index >= shape.Max || shape.Automaton.HeightOf(value) == ValueNode.Unsatisfiable)
            return [];
        var forks = new ArrayForks(state);
        forks.Split(0, value, state.Formula, state.Index);
        var result = new List<Fork>();
        foreach ((Expr v, Expr formula, bool mayBe) in forks._found)
            if ((mayBe || shape.MayBe(v, state.Index, shape.Before(state.Index, v))) && shape.State(state.Index + 1, formula) is var next && next.Height is var height && height != ValueNode.Unsatisfiable)
                result.Add(new Fork(shape.Automaton.Value(v, shape.IsUnique || shape.IsDistinct), shape.HeightOf(v), next, height));
        return [.. result];
    }

    private static List<Expr> Open(Expr formula)
    {
        var atoms = new List<Expr>();
        Atoms.Collect(formula, atoms);
        return atoms;
    }

    /// <summary>The schema an assertion tests this item with, or null.</summary>
    private readonly Expr? SchemaOf(Expr atom) => atom switch
    {
        Expr.Items items => items.Covers(_state.Index) ? items.Schema : null,
        Expr.Contains contains => contains.Schema,
        _ => null,
    };

    /// <param name="at">Which schema comes next.</param>
    /// <param name="value">What the item satisfies.</param>
    /// <param name="formula">What is left of the open formula.</param>
    /// <param name="taken">How many items before may have been such values.</param>
    private readonly void Split(int at, Expr value, Expr formula, int taken)
    {
        if (formula == ExprPool.False || _found.Count >= MaxForks || !Work.Spend(20 + (4 * _schemas.Count)))
            return;
        JsonAutomaton automaton = _state.Shape.Automaton;
        ExprPool pool = automaton.Pool;
        if (at == _schemas.Count)
        {
            int same = _found.FindIndex(f => f.Formula == formula);
            bool mayBe = _state.Shape.MayBe(value, _state.Index, Math.Min(taken, _state.Shape.Before(_state.Index, value)));
            if (same >= 0)
                _found[same] = (pool.Any(_found[same].Value, value), formula, _found[same].MayBe || mayBe);
            else
                _found.Add((value, formula, mayBe));
            return;
        }
        Expr schema = _schemas[at];
        int polarity = 0;
        foreach (Expr atom in Open(formula))
            if (SchemaOf(atom) == schema)
                polarity |= Atoms.Polarity(formula, atom);
        if (polarity == 0)
        {
            Split(at + 1, value, formula, taken);
            return;
        }
        Expr holds = polarity == 2 ? value : pool.All(value, schema);
        bool mayHoldUnseen = polarity == 1 && !_state.Shape.IsUnique; // where items differ, which values were taken must be known
        Expr fails = mayHoldUnseen ? value : pool.All(value, pool.Not(schema));
        if (holds == value && polarity != 2)
            fails = ExprPool.False;
        if (automaton.HeightOf(holds) != ValueNode.Unsatisfiable)
            Split(at + 1, holds, After(formula, schema, true), polarity == 2 ? taken : Math.Min(taken, _state.Shape.Taken(_state.Formula, schema)));
        if (automaton.HeightOf(fails) != ValueNode.Unsatisfiable)
            Split(at + 1, fails, After(formula, schema, false), taken);
    }

    private readonly Expr After(Expr formula, Expr schema, bool holds)
    {
        ExprPool pool = _state.Shape.Pool;
        foreach (Expr atom in Open(formula).OrderBy(a => a is Expr.Contains c ? c.Min : 0)) // so that a count lowered is not lowered again
        {
            if (SchemaOf(atom) != schema)
                continue;
            if (atom is Expr.Contains contains && holds)
                formula = pool.Substitute(formula, atom, pool.Contains(schema, contains.Min - 1));
            else if (atom is Expr.Items items && !holds)
                formula = pool.Substitute(formula, atom, ExprPool.False);
            else if (atom is Expr.Items last && last.To == _state.Index + 1)
                formula = pool.Substitute(formula, atom, ExprPool.True);
        }
        return formula;
    }
}
