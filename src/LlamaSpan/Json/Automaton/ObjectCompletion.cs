using System.Numerics;

namespace LlamaSpan;

/// <summary>
/// Decides whether an object can be completed from a state, by looking for properties to add that do it: a search through the open formula's
/// alternatives, each settled by what must hold, what must fail and how many properties there must be.
/// </summary>
internal sealed class ObjectCompletion : FormulaSearch
{
    private const int MaxFurtherSteps = 200; // once a way is found, for a less deep one

    private readonly ObjectState _state;
    private readonly List<Expr.Keys> _keep = [];
    private readonly List<Expr.Keys> _violate = [];
    private int _min;
    private int _max;
    private int _best = ValueNode.Unsatisfiable;

    private ObjectCompletion(ObjectState state) => (_state, _min, _max) = (state, state.Shape.Min, state.Shape.Max);

    private JsonAutomaton Automaton => _state.Shape.Automaton;

    private ExprPool Pool => _state.Shape.Pool;

    /// <summary>How deep the shortest way found nests, the object counted; <see cref="ValueNode.Unsatisfiable"/> if none was found.</summary>
    public static int Height(ObjectState state) =>
        state.Formula == ExprPool.True && HeightOfRequired(state) is { } height ? height : new ObjectCompletion(state).Search(new Goal(state.Formula, true, null));

    /// <summary>The same where nothing is open: the required properties decide, unless there must be more. Null if there must.</summary>
    private static int? HeightOfRequired(ObjectState state)
    {
        ObjectShape shape = state.Shape;
        int height = 0, count = state.Count;
        for (int w = 0; w < state.Seen.Length; w++)
            for (ulong missing = shape.Required[w] & ~state.Seen[w]; missing != 0; missing &= missing - 1)
            {
                int name = (64 * w) + BitOperations.TrailingZeroCount(missing);
                int one = state.MayAdd(name) ? shape.Automaton.HeightOf(shape.Values[name]) : ValueNode.Unsatisfiable;
                if (one == ValueNode.Unsatisfiable)
                    return one;
                height = Math.Max(height, one);
                count++;
            }
        return count < shape.Min ? null : count <= shape.Max ? height + 1 : ValueNode.Unsatisfiable;
    }

    /// <summary>Whether the object may end here.</summary>
    public static bool CanClose(ObjectState state)
    {
        ObjectShape shape = state.Shape;
        for (int w = 0; w < state.Seen.Length; w++)
            if ((shape.Required[w] & ~state.Seen[w]) != 0)
                return false;
        return state.Count >= shape.Min && state.Count <= shape.Max && Holds(state.Formula, state.Count, AtomHolds);
    }

    private static bool AtomHolds(Expr atom, int count) => atom is not Expr.Size size || count >= size.Min; // no property read so far violates one of another kind

    protected override int Assume(Expr atom, bool wanted, Goal? rest)
    {
        switch (atom)
        {
            case Expr.Keys keys:
                List<Expr.Keys> list = wanted ? _keep : _violate;
                list.Add(keys);
                int height = IsFutile(keys, wanted) ? ValueNode.Unsatisfiable : Search(rest);
                list.RemoveAt(list.Count - 1);
                return height;
            case Expr.Size size:
                (int min, int max) = (_min, _max);
                if (wanted)
                    _min = Math.Max(_min, size.Min);
                else
                    _max = Math.Min(_max, size.Min - 1);
                height = _min <= _max ? Search(rest) : ValueNode.Unsatisfiable;
                (_min, _max) = (min, max);
                return height;
            default:
                return ValueNode.Unsatisfiable;
        }
    }

    /// <summary>Whether an assumption about a property cannot be met beside those before it, or only as deep as a way already found.</summary>
    private bool IsFutile(Expr.Keys keys, bool wanted)
    {
        ObjectShape shape = _state.Shape;
        int index = keys.Name is { } name ? shape.IndexOf(name) : -1;
        if (index < 0)
            return false;
        bool needed = !wanted || (shape.Required[index / 64] >> (index % 64) & 1) != 0 || _violate.Exists(v => v.Name == keys.Name);
        if (!needed)
            return false;
        if (!_state.MayAdd(index))
            return !wanted;
        int height = Automaton.HeightOf(Pool.All([Kept(index), .. _violate.Where(v => v.Name == keys.Name).Select(v => Pool.Not(v.Schema))]));
        return height == ValueNode.Unsatisfiable || height + 1 >= _best;
    }

    protected override int Settle()
    {
        int found = Add();
        if (found < _best)
        {
            _best = found;
            EndWithin(MaxFurtherSteps);
        }
        return found;
    }

    /// <summary>Whether adding properties can keep and violate what the branch asks for.</summary>
    private int Add()
    {
        ObjectShape shape = _state.Shape;
        var add = new Dictionary<int, Expr>(); // by name or region, as ObjectState.Plan has it
        for (int k = 0; k < shape.Names.Length; k++)
            if (((shape.Required[k / 64] & ~_state.Seen[k / 64]) >> (k % 64) & 1) != 0 && !Add(add, k, null))
                return ValueNode.Unsatisfiable;
        int extras = 0;
        foreach (Expr.Keys atom in _violate)
            if (!AddViolation(add, atom, ref extras))
                return ValueNode.Unsatisfiable;
        int height = 0;
        foreach (Expr value in add.Values)
            if ((height = Math.Max(height, Automaton.HeightOf(value))) == ValueNode.Unsatisfiable)
                return height;
        int count = _state.Count + add.Count;
        return count > _max || !Fill(add, count, ref height) ? ValueNode.Unsatisfiable : height + 1;
    }

    private bool Add(Dictionary<int, Expr> add, int index, Expr? also)
    {
        if (!add.TryGetValue(index, out Expr? value))
        {
            if (index < _state.Shape.Names.Length && !_state.MayAdd(index))
                return false;
            value = Kept(index);
        }
        if (also is not null)
            value = Pool.All(value, also);
        if (Automaton.HeightOf(value) == ValueNode.Unsatisfiable)
            return false;
        add[index] = value;
        return true;
    }

    /// <summary>What a property's value must satisfy in this branch.</summary>
    private Expr Kept(int index)
    {
        ObjectShape shape = _state.Shape;
        Expr hard = index < shape.Names.Length ? shape.Values[index] : shape.Regions[index - shape.Names.Length].Value;
        return _keep.Count == 0 ? hard : Pool.All([hard, .. _keep.Where(k => Covers(k.Class, index)).Select(k => k.Schema)]);
    }

    private bool Covers(KeyClass keys, int index)
    {
        ObjectShape shape = _state.Shape;
        return index < shape.Names.Length ? keys.Contains(shape.Names[index]) : shape.Contains(keys, shape.Regions[index - shape.Names.Length]);
    }

    private bool AddViolation(Dictionary<int, Expr> add, Expr.Keys atom, ref int extras)
    {
        ObjectShape shape = _state.Shape;
        Expr not = Pool.Not(atom.Schema);
        int count = shape.Names.Length + shape.Regions.Length;
        for (int pass = 0; pass < 2; pass++) // first by what is added anyway
            for (int index = 0; index < count; index++)
                if (add.ContainsKey(index) == (pass == 0) && Covers(atom.Class, index) && Add(add, index, not))
                {
                    extras += index >= shape.Names.Length ? 1 : 0;
                    return true;
                }
        return false;
    }

    private bool Fill(Dictionary<int, Expr> add, int count, ref int height)
    {
        ObjectShape shape = _state.Shape;
        for (int index = 0; index < shape.Names.Length + shape.Regions.Length && count < _min; index++)
        {
            bool listed = index < shape.Names.Length;
            if (listed && (add.ContainsKey(index) || !_state.MayAdd(index)))
                continue;
            int one = Automaton.HeightOf(Kept(index));
            if (one == ValueNode.Unsatisfiable)
                continue;
            height = Math.Max(height, one);
            count = listed ? count + 1 : _min; // of unlisted names there are enough
        }
        return count >= _min;
    }
}
