namespace LlamaSpan;

/// <summary>An array between items: how many were read (up to where it matters) and what of the open formula is left. The head's A is the phase.</summary>
internal sealed class ArrayState : Node
{
    public const int AfterValue = 0, Open = 1;

    private Fork[]? _forks;
    private int? _height;
    private bool? _canClose;

    public ArrayState(ArrayShape shape, int index, Expr formula) => (Shape, Index, Formula) = (shape, index, formula);

    public ArrayShape Shape { get; }

    public int Index { get; }

    public Expr Formula { get; }

    /// <summary>How deep the array must nest at least to be completed from here, itself counted.</summary>
    public int Height
    {
        get
        {
            if (_height is { } known)
                return known;
            using Work.Scope scope = Work.Begin(Work.ToReach);
            lock (Shape.Automaton.Lock)
            {
                int height = ArrayCompletion.Height(this);
                if (height != ValueNode.Unsatisfiable || !(Shape.Automaton.IsProvisional || Work.IsSpent))
                    _height = height;
                return height;
            }
        }
    }

    public bool CanClose => _canClose ??= Index >= Shape.Min && Index <= Shape.Max && ArrayCompletion.Holds(Formula, Index);

    /// <summary>How many items are still missing that satisfy what some must, each counted for itself.</summary>
    public int Missing
    {
        get
        {
            var atoms = new List<Expr>();
            Atoms.Collect(Formula, atoms);
            return atoms.OfType<Expr.Contains>().Where(c => Atoms.Polarity(Formula, c) == 1).Sum(c => Math.Min(c.Min, 10_000));
        }
    }

    /// <summary>What the next item may be.</summary>
    public Fork[] Forks
    {
        get
        {
            if (Volatile.Read(ref _forks) is { } forks)
                return forks;
            using Work.Scope scope = Work.Begin(Work.ToReach);
            lock (Shape.Automaton.Lock)
                forks = ArrayForks.Make(this);
            Volatile.Write(ref _forks, forks);
            return forks;
        }
    }
}
