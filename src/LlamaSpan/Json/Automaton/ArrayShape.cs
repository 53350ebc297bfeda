namespace LlamaSpan;

/// <summary>One alternative of what an array may be: assertions that hold throughout, and a formula over those that may or may not hold.</summary>
internal sealed class ArrayShape
{
    private readonly Dictionary<(int, int), ArrayState> _states = [];
    private readonly List<Expr.Items> _hard = [];
    private readonly Dictionary<int, Expr> _values = [];
    private readonly int _indexCap;

    public ArrayShape(JsonAutomaton automaton, Expr conjunction, bool distinct)
    {
        (Automaton, IsDistinct) = (automaton, distinct);
        Max = int.MaxValue;
        var open = new List<Expr>();
        foreach (Expr part in conjunction is Expr.All all ? all.Parts : [conjunction])
            if (!Settle(part))
                open.Add(part);
        Expr formula = Pool.All(open);
        if (!IsUnique && Pool.Substitute(formula, Pool.Unique(), ExprPool.True) is var settled && settled != formula)
            (IsUnique, formula) = (true, settled); // where it may but need not hold, it holds
        var atoms = new List<Expr>();
        Atoms.Collect(formula, atoms);
        foreach (Expr.Items items in _hard.Concat(atoms.OfType<Expr.Items>()))
            Uniform = Math.Max(Uniform, Math.Max(items.From, items.To));
        _indexCap = Math.Max(Uniform, Math.Max(Min, Max == int.MaxValue ? 0 : Max + 1));
        foreach (Expr.Length length in atoms.OfType<Expr.Length>())
            _indexCap = Math.Max(_indexCap, length.Min);
        if (Min <= Max)
            Start = State(0, formula);
    }

    public JsonAutomaton Automaton { get; }

    public ExprPool Pool => Automaton.Pool;

    /// <summary>Whether it may be a part of an item that must differ from others: its scalars are then spelled in one way.</summary>
    public bool IsDistinct { get; }

    /// <summary>No two items are equal.</summary>
    public bool IsUnique { get; private set; }

    /// <summary>Whether one more item may always come.</summary>
    public bool IsEndless =>
        Max == int.MaxValue && !IsUnique && Start?.Formula == ExprPool.True && Automaton.Value(Value(Uniform)).IsScalar;

    public int Min { get; private set; }

    public int Max { get; private set; }

    /// <summary>Items from this index on are all alike.</summary>
    public int Uniform { get; }

    /// <summary>Counts of items from here on make no difference.</summary>
    public int IndexCap => !IsUnique || Automaton.Distinct(Value(Uniform)).Count is var most && most == Ways.Many ? _indexCap : Math.Max(_indexCap, Uniform + most);

    /// <summary>The state after the opening bracket, or null if no array fits.</summary>
    public ArrayState? Start { get; }

    public ArrayState State(int index, Expr formula)
    {
        index = index == 0 ? 0 : Math.Min(index, IndexCap);
        if (!_states.TryGetValue((index, formula.Id), out ArrayState? state))
            _states.Add((index, formula.Id), state = new ArrayState(this, index, formula));
        return state;
    }

    /// <summary>What the item at an index must satisfy throughout.</summary>
    public Expr Value(int index)
    {
        index = Math.Min(index, Uniform);
        if (!_values.TryGetValue(index, out Expr? value))
            _values.Add(index, value = Pool.All([.. _hard.Where(i => i.Covers(index)).Select(i => i.Schema)]));
        return value;
    }

    /// <summary>Whether an item may be a value of an expression: where items differ, there must be one that none before it is.</summary>
    /// <param name="value">The expression.</param>
    /// <param name="index">The item's; so many come before it.</param>
    /// <param name="taken">How many of those may be such values, if they can be told from others: scalars can.</param>
    public bool MayBe(Expr value, int index, int taken) => !IsUnique || Automaton.Distinct(value).Count > (Automaton.MayNest(value) ? index : taken);

    /// <summary>How many of the items before an index may be values of an expression.</summary>
    public int Before(int index, Expr value)
    {
        int count = Math.Max(0, index - Uniform);
        for (int i = 0; i < Math.Min(index, Uniform); i++)
            count += !IsUnique || Automaton.HeightOf(Pool.All(Value(i), value)) != ValueNode.Unsatisfiable ? 1 : 0;
        return count;
    }

    /// <summary>How deep an item nests at least, or as deep as it takes to have enough that differ.</summary>
    public int HeightOf(Expr value) => IsUnique ? Automaton.Distinct(value).Height : Automaton.HeightOf(value);

    /// <summary>How many items, of those that led to a formula, satisfy a schema that it still wants more items of; without bound if it wants none.</summary>
    public int Taken(Expr formula, Expr schema)
    {
        int wanted = Wanted(formula, schema);
        return wanted == 0 ? int.MaxValue : Wanted(Start!.Formula, schema) - wanted;
    }

    private static int Wanted(Expr formula, Expr schema)
    {
        var atoms = new List<Expr>();
        Atoms.Collect(formula, atoms);
        return atoms.OfType<Expr.Contains>().Where(c => c.Schema == schema).Select(c => c.Min).DefaultIfEmpty(0).Max();
    }

    private bool Settle(Expr part)
    {
        switch (part)
        {
            case Expr.Constant { Value: true }:
                return true;
            case Expr.Unique:
                IsUnique = true;
                return true;
            case Expr.Items items:
                _hard.Add(items);
                return true;
            case Expr.Length length:
                Min = Math.Max(Min, length.Min);
                return true;
            case Expr.Not { Inner: Expr.Length length }:
                Max = Math.Min(Max, length.Min - 1);
                return true;
            default:
                return false;
        }
    }
}
