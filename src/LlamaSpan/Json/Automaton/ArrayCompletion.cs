namespace LlamaSpan;

/// <summary>Decides whether an array can be completed from a state, by looking for items to add that do it; compare <see cref="ObjectCompletion"/>.</summary>
internal sealed class ArrayCompletion : FormulaSearch
{
    private readonly ArrayState _state;
    private readonly List<Expr.Items> _keep = [];
    private readonly List<(Expr Schema, int From, int To)> _must = []; // an item somewhere in a range that satisfies a schema
    private readonly List<(Expr Schema, int Below)> _few = [];         // fewer items than that which satisfy a schema
    private readonly List<Expr> _placed = []; // what the items added so far satisfy
    private int _min;
    private int _max;

    private ArrayCompletion(ArrayState state) => (_state, _min, _max) = (state, state.Shape.Min, state.Shape.Max);

    private JsonAutomaton Automaton => _state.Shape.Automaton;

    private ExprPool Pool => _state.Shape.Pool;

    public static int Height(ArrayState state) => new ArrayCompletion(state).Search(new Goal(state.Formula, true, null));

    /// <summary>The open formula's value if the array ends after so many items.</summary>
    public static bool Holds(Expr formula, int count) => Holds(formula, count, static (atom, count) => atom switch
    {
        Expr.Length l => count >= l.Min,
        Expr.Contains => false, // so many are still missing
        _ => true,
    });

    protected override int Assume(Expr atom, bool wanted, Goal? rest)
    {
        (int min, int max, int keep, int must, int few) = (_min, _max, _keep.Count, _must.Count, _few.Count);
        switch (atom)
        {
            case Expr.Items items when wanted:
                _keep.Add(items);
                break;
            case Expr.Items items:
                _must.Add((Pool.Not(items.Schema), items.From, items.To < 0 ? int.MaxValue : items.To));
                break;
            case Expr.Contains contains when wanted:
                for (int i = 0; i < contains.Min && i < 10_000; i++)
                    _must.Add((contains.Schema, 0, int.MaxValue));
                break;
            case Expr.Contains contains:
                _few.Add((contains.Schema, contains.Min));
                break;
            case Expr.Length length when wanted:
                _min = Math.Max(_min, length.Min);
                break;
            case Expr.Length length:
                _max = Math.Min(_max, length.Min - 1);
                break;
            default:
                return ValueNode.Unsatisfiable;
        }
        int height = _min <= _max ? Search(rest) : ValueNode.Unsatisfiable;
        (_min, _max) = (min, max);
        _keep.RemoveRange(keep, _keep.Count - keep);
        _must.RemoveRange(must, _must.Count - must);
        _few.RemoveRange(few, _few.Count - few);
        return height;
    }

    /// <summary>Places what must come at the first index that admits it, as much of it in one item as goes together, and fills the rest.</summary>
    protected override int Settle()
    {
        ArrayShape shape = _state.Shape;
        if (_state.Index > _max)
            return ValueNode.Unsatisfiable;
        List<(Expr Schema, int From, int To)> open = [.. _must.OrderBy(m => m.To)];
        var left = _few.Select(f => f.Below).ToArray();
        int height = 0;
        _placed.Clear();
        for (int index = _state.Index; ; index++)
        {
            if (open.Count == 0 && index >= _min)
                return height + 1;
            if (index >= _max || !Work.Spend(100 + (4 * open.Count)))
                return ValueNode.Unsatisfiable;
            Expr value = ValueAt(index);
            Expr purposeful = Serve(index, value, open, left, out int taken);
            if (!Place(purposeful, index, taken, left, ref height))
                return ValueNode.Unsatisfiable;
            if (purposeful == value && index >= shape.Uniform && open.All(m => m.From <= index))
                return open.Count == 0 && _few.Count == 0 && shape.MayBe(value, _min - 1, _min - 1) ? height + 1 : open.Count > 0 ? ValueNode.Unsatisfiable : Repeat(index, left, height);
        }
    }

    private Expr ValueAt(int index) =>
        Pool.All([_state.Shape.Value(index), .. _keep.Where(k => k.Covers(index)).Select(k => k.Schema)]);

    /// <summary>An item's value that does what must be done, taking that off the list: each schema once.</summary>
    /// <param name="index">The item's.</param>
    /// <param name="value">What it satisfies anyway.</param>
    /// <param name="open">What must be done.</param>
    /// <param name="left">How many more items may satisfy each schema that few may.</param>
    /// <param name="taken">How many of the items read may be such values.</param>
    private Expr Serve(int index, Expr value, List<(Expr Schema, int From, int To)> open, int[] left, out int taken)
    {
        taken = _state.Index;
        var served = new HashSet<Expr>();
        for (int m = 0; m < open.Count; m++)
        {
            if (index < open[m].From || index >= open[m].To || served.Contains(open[m].Schema))
                continue;
            Expr both = Pool.All(value, open[m].Schema);
            int ofThose = Math.Min(taken, _state.Shape.Taken(_state.Formula, open[m].Schema));
            if (!CanPlace(both, index, ofThose, left))
                continue;
            (value, taken) = (both, ofThose);
            served.Add(open[m].Schema);
            open.RemoveAt(m--);
        }
        return value;
    }

    /// <summary>All further items are like the last.</summary>
    private int Repeat(int index, int[] left, int height)
    {
        Expr value = ValueAt(index);
        for (int more = _min - index - 1; more > 0; more--)
            if (!Work.Spend(200) || !Place(value, _min - more, _state.Index, left, ref height))
                return ValueNode.Unsatisfiable;
            else if (Avoided(value) == _few.Count && !_state.Shape.IsUnique)
                break;
        return height + 1;
    }

    private bool CanPlace(Expr value, int index, int taken, int[] left)
    {
        int height = 0, placed = _placed.Count;
        int[] tried = [.. left];
        bool can = Place(value, index, taken, tried, ref height);
        _placed.RemoveRange(placed, _placed.Count - placed);
        return can;
    }

    /// <summary>Takes an item, one that satisfies as few as possible of the schemas that only few items may satisfy.</summary>
    private bool Place(Expr value, int index, int taken, int[] left, ref int height)
    {
        for (int i = 0; i < _few.Count; i++)
        {
            Expr without = Pool.All(value, Pool.Not(_few[i].Schema));
            if (Automaton.HeightOf(without) != ValueNode.Unsatisfiable)
                value = without;
            else if (--left[i] <= 0)
                return false;
        }
        int one = _state.Shape.HeightOf(value);
        height = Math.Max(height, one);
        if (one == ValueNode.Unsatisfiable || !MayBe(value, index, taken))
            return false;
        _placed.Add(value);
        return true;
    }

    /// <summary>Whether an item can differ from those before it: of those added, only such count against it as it has values in common with.</summary>
    private bool MayBe(Expr value, int index, int taken) => _state.Shape.MayBe(value, index, index)
        || (Work.Spend(100 * _placed.Count) && _state.Shape.MayBe(value, index, Math.Min(taken, _state.Shape.Before(_state.Index, value)) + _placed.Count(p => Automaton.HeightOf(Pool.All(p, value)) != ValueNode.Unsatisfiable)));

    /// <summary>How many of the schemas that only few items may satisfy an item can leave unsatisfied.</summary>
    private int Avoided(Expr value)
    {
        int avoided = 0;
        foreach ((Expr schema, _) in _few)
        {
            Expr without = Pool.All(value, Pool.Not(schema));
            if (Automaton.HeightOf(without) == ValueNode.Unsatisfiable)
                continue;
            value = without;
            avoided++;
        }
        return avoided;
    }
}
