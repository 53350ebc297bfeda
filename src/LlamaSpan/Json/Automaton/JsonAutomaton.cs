using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>
/// The states of one grammar, made when first reached: values, objects and arrays as immutable nodes. Reading memoised parts takes no lock;
/// making new ones does.
/// </summary>
internal sealed class JsonAutomaton
{
    private readonly Dictionary<(int, bool), ValueNode> _values = [];
    private readonly Dictionary<int, (int Count, int Height)> _distinct = [];
    private readonly Dictionary<(int, bool), ObjectShape> _objectShapes = [];
    private readonly Dictionary<(int, bool), ArrayShape> _arrayShapes = [];
    private readonly Dictionary<StringMachine, StringNode> _strings = [];
    private readonly Dictionary<NumberMachine, NumberNode> _numbers = [];
    private readonly Alternatives _alternatives;
    private readonly Dictionary<(string, int, int), GroundedNode> _grounded = [];
    private readonly List<ValueNode> _asked = [];   // whose heights are being computed, outermost first
    private int _leaned = int.MaxValue;             // the outermost of those that an answer took as unsatisfiable

    public JsonAutomaton(ExprPool pool, JsonGrammarOptions options)
    {
        (Pool, Options, _alternatives) = (pool, options, new Alternatives(this));
        Ways = new ValueWays(this);
    }

    public Lock Lock { get; } = new();

    public ExprPool Pool { get; }

    public JsonGrammarOptions Options { get; }

    /// <summary>How many values there are to choose from.</summary>
    public ValueWays Ways { get; }

    /// <summary>
    /// Whether some items that must differ are objects or arrays that cannot always be made longer: what lies in such items is then followed,
    /// and its scalars are spelled in one way.
    /// </summary>
    public bool FollowsItems { get; init; }

    /// <summary>Before a value.</summary>
    /// <param name="expr">What it satisfies.</param>
    /// <param name="distinct">Whether it must be possible to tell it from any others: its scalars are then spelled in one way.</param>
    public ValueNode Value(Expr expr, bool distinct = false)
    {
        lock (Lock)
        {
            while (expr is Expr.Reference r)
                expr = r.Slot.Target!;
            if (!_values.TryGetValue((expr.Id, distinct), out ValueNode? node))
                _values.Add((expr.Id, distinct), node = new ValueNode(this, expr, distinct));
            return node;
        }
    }

    /// <summary>The strings of an expression that must come from given texts, by alternative.</summary>
    public GroundedNode[] GroundedOf(Expr expr)
    {
        if (!Pool.HasGrounded)
            return [];
        var nodes = new List<GroundedNode>();
        foreach (Expr branch in PartsOf(Pool.Project(expr, JsonTypes.String)))
            if (Languages.TryGrounded(Pool, branch, out string source, out StringLanguage lengths))
            {
                (string, int, int) key = (source, lengths.Min, lengths.Max);
                if (!_grounded.TryGetValue(key, out GroundedNode? node))
                    _grounded.Add(key, node = new GroundedNode(source, lengths.Min, lengths.Max));
                nodes.Add(node);
            }
        return [.. nodes];
    }

    private static Expr[] PartsOf(Expr expr) => expr is Expr.Any any ? any.Parts : [expr];

    /// <summary>The strings of an expression that need not come from given texts.</summary>
    public StringLanguage StringsOf(Expr expr)
    {
        try
        {
            if (Pool.HasGrounded)
                expr = Pool.Any(PartsOf(Pool.Project(expr, JsonTypes.String)).Where(branch => !Languages.IsGrounded(branch)));
            return Languages.TextOf(Pool, expr);
        }
        catch (FormatException)
        {
            return StringLanguage.None; // an automaton too large: no string is let through
        }
    }

    /// <summary>Before the strings of a language.</summary>
    public StringNode Strings(StringLanguage language, bool distinct)
    {
        if (language.IsAll && !distinct)
            return StringNode.Any;
        StringMachine machine = distinct ? language.NameMachine : language.Machine;
        lock (Lock)
        {
            if (!_strings.TryGetValue(machine, out StringNode? node))
                _strings.Add(machine, node = new StringNode(machine));
            return node;
        }
    }

    /// <summary>
    /// How many values of an expression can be told apart, up to <see cref="Ways.Many"/>, and how deep these nest at most, or the whole
    /// expression at least; somewhat deeper ones are looked at where that makes them more.
    /// </summary>
    public (int Count, int Height) Distinct(Expr expr)
    {
        lock (Lock)
        {
            if (_distinct.TryGetValue(expr.Id, out (int Count, int Height) known))
                return known;
            int height = HeightOf(expr);
            if (height == ValueNode.Unsatisfiable)
                return (0, height);
            ValueNode node = Value(expr, distinct: true);
            (int, int) best = (0, height);
            for (int spare = 0; spare <= (MayNest(expr) ? ValueWays.MostSpare : 0) && best.Item1 < LlamaSpan.Ways.Many; spare++)
                if (Ways.Of(node, height + spare) is var count && count > best.Item1)
                    best = (count, height + spare);
            if (!IsProvisional)
                _distinct[expr.Id] = best;
            return best;
        }
    }

    /// <summary>Whether values may be objects or arrays.</summary>
    public bool MayNest(Expr expr) =>
        Pool.Project(expr, JsonTypes.Object) != ExprPool.False || Pool.Project(expr, JsonTypes.Array) != ExprPool.False;

    /// <summary>Whether values may be objects or arrays that cannot always be made longer.</summary>
    public bool MayBeClosed(Expr expr) => ObjectShapes(expr, distinct: true).Any(s => !s.IsOpen) || ArrayShapes(expr, distinct: true).Any(s => !s.IsEndless);

    public NumberNode? NumberOf(Expr expr, bool distinct = false)
    {
        NumberMachine machine;
        try
        {
            NumberLanguage language = Languages.NumberOf(Pool, expr);
            if (language.IsEmpty)
                return null;
            machine = (distinct ? language.Canonical : language).Machine(Options.MaxDigits);
        }
        catch (FormatException)
        {
            return null;
        }
        if (machine.IsEmpty)
            return null;
        if (!_numbers.TryGetValue(machine, out NumberNode? node))
            _numbers.Add(machine, node = new NumberNode(machine));
        return node;
    }

    /// <summary>States of an object just opened, one for each alternative.</summary>
    public ObjectState[] Objects(Expr expr, bool distinct)
    {
        var states = new List<ObjectState>();
        foreach (ObjectShape shape in ObjectShapes(expr, distinct && FollowsItems))
            if (shape.Start is { } start && start.Height != ValueNode.Unsatisfiable)
                states.Add(start);
        return [.. states];
    }

    /// <summary>The same of an array.</summary>
    public ArrayState[] Arrays(Expr expr, bool distinct)
    {
        var states = new List<ArrayState>();
        foreach (ArrayShape shape in ArrayShapes(expr, distinct && FollowsItems))
            if (shape.Start is { } start && start.Height != ValueNode.Unsatisfiable)
                states.Add(start);
        return [.. states];
    }

    private IEnumerable<ObjectShape> ObjectShapes(Expr expr, bool distinct = false)
    {
        foreach (Expr branch in _alternatives.Of(Pool.Project(expr, JsonTypes.Object)))
        {
            if (!_objectShapes.TryGetValue((branch.Id, distinct), out ObjectShape? shape))
                _objectShapes.Add((branch.Id, distinct), shape = new ObjectShape(this, branch, distinct));
            yield return shape;
        }
    }

    private IEnumerable<ArrayShape> ArrayShapes(Expr expr, bool distinct = false)
    {
        foreach (Expr branch in _alternatives.Of(Pool.Project(expr, JsonTypes.Array)))
        {
            if (!_arrayShapes.TryGetValue((branch.Id, distinct), out ArrayShape? shape))
                _arrayShapes.Add((branch.Id, distinct), shape = new ArrayShape(this, branch, distinct));
            yield return shape;
        }
    }

    /// <summary>
    /// How deep a value of the schema nests at least. A schema met again while its own height is asked for counts as unsatisfiable
    /// there: a finite value never needs itself. Such answers are kept only if they did not lean on one still open.
    /// </summary>
    public int HeightOf(Expr expr)
    {
        if (expr is Expr.Constant constant)
            return constant.Value ? 0 : ValueNode.Unsatisfiable;
        lock (Lock)
        {
            ValueNode node = Value(expr);
            if (node.KnownHeight is { } known)
                return known;
            RuntimeHelpers.EnsureSufficientExecutionStack();
            int open = _asked.IndexOf(node);
            if (open >= 0)
            {
                _leaned = Math.Min(_leaned, open);
                return ValueNode.Unsatisfiable;
            }
            if (node.IsScalar)
            {
                node.KnownHeight = 0;
                return 0;
            }
            int depth = _asked.Count, outer = _leaned;
            _leaned = int.MaxValue;
            _asked.Add(node);
            int height = StructureHeight(node.Expr);
            _asked.RemoveAt(depth);
            if (height != ValueNode.Unsatisfiable || (_leaned >= depth && !Work.IsSpent))
            {
                node.KnownHeight = height;
                _leaned = outer;
            }
            else
            {
                _leaned = Math.Min(outer, _leaned);
            }
            return height;
        }
    }

    /// <summary>True if the answer being computed leans on a schema whose height is still open.</summary>
    public bool IsProvisional => _leaned < _asked.Count;

    private int StructureHeight(Expr expr)
    {
        int height = ValueNode.Unsatisfiable;
        foreach (ArrayShape shape in ArrayShapes(expr))
            height = Math.Min(height, shape.Start?.Height ?? ValueNode.Unsatisfiable);
        foreach (ObjectShape shape in ObjectShapes(expr))
            height = Math.Min(height, shape.Start?.Height ?? ValueNode.Unsatisfiable);
        return height;
    }
}
