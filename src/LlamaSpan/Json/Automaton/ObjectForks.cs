namespace LlamaSpan;

/// <summary>
/// The ways to go on after a property's name: for each assertion of the open formula that speaks of it, the value satisfies it or not.
/// </summary>
internal ref struct ObjectForks
{
    private const int MaxForks = 64;

    private readonly ObjectState _state;
    private readonly int _index;
    private readonly List<Expr.Keys> _atoms;
    private readonly List<(Expr Value, Expr Formula)> _found;

    private ObjectForks(ObjectState state, int index)
    {
        (_state, _index, _atoms, _found) = (state, index, [], []);
        var all = new List<Expr>();
        Atoms.Collect(state.Formula, all);
        foreach (Expr atom in all)
            if (atom is Expr.Keys keys && Contains(keys.Class))
                _atoms.Add(keys);
    }

    /// <param name="state">Before the name.</param>
    /// <param name="index">The name's, as for <see cref="ObjectState.Plan(int)"/>.</param>
    /// <param name="spare">Whether to stop looking for ways while there is work left to see which lead to an end.</param>
    public static Fork[] Make(ObjectState state, int index, bool spare)
    {
        ObjectShape shape = state.Shape;
        if (index < shape.Names.Length && !state.MayAdd(index))
            return [];
        Expr value = index < shape.Names.Length ? shape.Values[index] : shape.Regions[index - shape.Names.Length].Value;
        if (shape.Automaton.HeightOf(value) == ValueNode.Unsatisfiable)
            return [];
        var forks = new ObjectForks(state, index);
        using (Work.Share(spare ? 2 : 1))
            forks.Split(0, value, state.Formula);
        var result = new List<Fork>();
        foreach ((Expr v, Expr formula) in forks._found)
            if (state.After(index, formula) is var next && next.Height is var height && height != ValueNode.Unsatisfiable)
                result.Add(new Fork(shape.Automaton.Value(v, shape.IsDistinct), shape.Automaton.HeightOf(v), next, height));
        return [.. result];
    }

    private readonly bool Contains(KeyClass keys)
    {
        ObjectShape shape = _state.Shape;
        return _index < shape.Names.Length ? keys.Contains(shape.Names[_index]) : shape.Contains(keys, shape.Regions[_index - shape.Names.Length]);
    }

    private readonly void Split(int at, Expr value, Expr formula)
    {
        if (formula == ExprPool.False || _found.Count >= MaxForks || !Work.Spend(20 + (4 * _atoms.Count)))
            return;
        JsonAutomaton automaton = _state.Shape.Automaton;
        ExprPool pool = automaton.Pool;
        if (at == _atoms.Count)
        {
            int same = _found.FindIndex(f => f.Formula == formula);
            if (same >= 0)
                _found[same] = (pool.Any(_found[same].Value, value), formula);
            else
                _found.Add((value, formula));
            return;
        }
        Expr.Keys atom = _atoms[at];
        int polarity = Atoms.Polarity(formula, atom);
        if (polarity == 0)
        {
            Split(at + 1, value, formula);
            return;
        }

        // where an assertion occurs only plainly, failing it never helps: a value of which nothing is known counts as failing, and so on
        Expr both = pool.All(value, atom.Schema);
        Expr holds = polarity == 2 && MayNest(both) ? value : both;
        Expr fails = polarity == 1 ? value : pool.All(value, pool.Not(atom.Schema));
        if (holds == value && polarity != 2)
            fails = ExprPool.False; // the value's schema has the assertion in it
        bool mayHold = automaton.HeightOf(holds) != ValueNode.Unsatisfiable, mayFail = automaton.HeightOf(fails) != ValueNode.Unsatisfiable;
        if (!mayHold && !mayFail && polarity == 2)
            (mayHold, holds) = (true, value); // too much to be told apart
        if (mayHold)
            Split(at + 1, holds, atom.Name is null ? formula : pool.Substitute(formula, atom, ExprPool.True));
        if (mayFail)
            Split(at + 1, fails, pool.Substitute(formula, atom, ExprPool.False));
    }

    /// <summary>Whether values may be objects or arrays: others are cheaply told apart, and then only one reading goes on.</summary>
    private readonly bool MayNest(Expr value)
    {
        ExprPool pool = _state.Shape.Pool;
        return pool.Project(value, JsonTypes.Object) != ExprPool.False || pool.Project(value, JsonTypes.Array) != ExprPool.False;
    }
}
