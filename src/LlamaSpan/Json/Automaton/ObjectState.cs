using System.Numerics;

namespace LlamaSpan;

/// <summary>
/// An object between properties: which of its shape's names were read, how many properties, and what of the open formula is left. The head's A
/// is the phase.
/// </summary>
internal sealed class ObjectState : Node
{
    public const int AfterValue = 0, Open = 1, AfterComma = 2;

    private readonly Content _content;
    private readonly PropertyNode?[] _plans; // by name, then by region
    private int? _height;
    private Choices? _choices;

    public ObjectState(ObjectShape shape, Content content)
    {
        (Shape, _content) = (shape, content);
        _plans = new PropertyNode?[shape.Names.Length + shape.Regions.Length];
        Key = new KeyNode(this);
    }

    public ObjectShape Shape { get; }

    public KeyNode Key { get; }

    public ulong[] Seen => _content.Seen;

    public int Count => _content.Count;

    public Expr Formula => _content.Formula;

    /// <summary>With properties in the schema's order: the rank of the last one read; the number of names after an unlisted one.</summary>
    public int LastRank => _content.LastRank;

    /// <summary>How deep the object must nest at least to be completed from here, itself counted.</summary>
    public int Height
    {
        get
        {
            if (_height is { } known)
                return known;
            using Work.Scope scope = Work.Begin(Work.ToReach);
            lock (Shape.Automaton.Lock)
            {
                int height = ObjectCompletion.Height(this);
                if (height != ValueNode.Unsatisfiable || !(Shape.Automaton.IsProvisional || Work.IsSpent))
                    _height = height;
                return height;
            }
        }
    }

    public bool CanClose => Ready.CanClose;

    /// <summary>How deep the object nests, itself counted, with the deepest of the properties that may come next.</summary>
    public int MostNeed => Ready.MostNeed;

    /// <summary>The same with the least deep of them; <see cref="ValueNode.Unsatisfiable"/> if none may come.</summary>
    public int LeastNeed => Ready.LeastNeed;

    /// <summary>The same place with those next properties alone with which the object nests no deeper than that.</summary>
    public ObjectState Within(int room)
    {
        lock (Shape.Automaton.Lock)
            return Shape.State(_content.Within(room));
    }

    /// <summary>Whether a listed name may come next.</summary>
    public bool MayCome(int name) => (Ready.Allowed[name / 64] >> (name % 64) & 1) != 0;

    /// <summary>Whether one of the listed names from one to before another may come next.</summary>
    public bool MayCome(int low, int high)
    {
        ulong[] allowed = Ready.Allowed;
        for (int k = low; k < high; k++)
            if ((allowed[k / 64] >> (k % 64) & 1) != 0)
                return true;
        return false;
    }

    /// <summary>Reads the unlisted names that may come next; null if none may.</summary>
    public ExtraNames? Extras => Ready.Extras;

    public bool HasMore => Ready.HasMore;

    public bool HasSeen(int name) => (Seen[name / 64] >> (name % 64) & 1) != 0;

    /// <summary>How many of the names that must occur are missing.</summary>
    public int CountMissing()
    {
        int missing = 0;
        for (int w = 0; w < Seen.Length; w++)
            missing += BitOperations.PopCount(Shape.Required[w] & ~Seen[w]);
        return missing;
    }

    public bool MayAdd(int name) => !HasSeen(name) && (!Shape.InOrder || Shape.Ranks[name] > LastRank);

    /// <summary>What follows a name (by index) or an unlisted name of a region (names' count plus its index); null if nothing can.</summary>
    public PropertyNode? Plan(int index) => Plan(index, spare: false);

    private PropertyNode? Plan(int index, bool spare)
    {
        if (Volatile.Read(ref _plans[index]) is { } plan)
            return plan.Forks.Length == 0 ? null : plan;
        using Work.Scope scope = Work.Begin(Work.ToReach);
        lock (Shape.Automaton.Lock)
        {
            plan = new PropertyNode(ObjectForks.Make(this, index, spare));
            Volatile.Write(ref _plans[index], plan);
        }
        return plan.Forks.Length == 0 ? null : plan;
    }

    /// <summary>The state after a property; <paramref name="index"/> as for <see cref="Plan(int)"/>.</summary>
    public ObjectState After(int index, Expr formula)
    {
        ulong[] seen = Seen;
        int last = Shape.InOrder ? Shape.Names.Length : -1;
        if (index < Shape.Names.Length)
        {
            seen = [.. seen];
            seen[index / 64] |= 1UL << (index % 64);
            last = Shape.InOrder ? Shape.Ranks[index] : -1;
        }
        return Shape.State(new Content(seen, Math.Min(Count + 1, Shape.CountCap), formula, last));
    }

    private Choices Ready => Volatile.Read(ref _choices) ?? Choose();

    private Choices Choose()
    {
        lock (Shape.Automaton.Lock)
        {
            Choices choices;
            bool spent;
            using (Work.Begin(Work.ToReach))
                (choices, spent) = (Look(spare: false), Work.IsSpent);
            if (spent && choices is { CanClose: false, HasMore: false })
            {
                // one property took all the work: once more, each with its share
                for (int k = 0; k < _plans.Length; k++)
                    if (_plans[k] is { Forks.Length: 0 })
                        _plans[k] = null;
                using (Work.Begin(Work.ToReach))
                    choices = Look(spare: true);
            }
            Volatile.Write(ref _choices, choices);
            return choices;
        }
    }

    private Choices Look(bool spare)
    {
        int names = Shape.Names.Length;
        var allowed = new ulong[Seen.Length];
        var atoms = new List<Expr>();
        Atoms.Collect(Formula, atoms);
        bool counts = Shape.Max != int.MaxValue || (Shape.Min > 0 && Shape.InOrder) || (Shape.InOrder && atoms.Count > 0) || atoms.Exists(a => a is Expr.Size);
        KeyClass[] open = [.. atoms.OfType<Expr.Keys>().Select(k => k.Class).Distinct()];
        bool[] planned = [.. Shape.Names.Select((name, k) => MayAdd(k) && (counts || Array.Exists(open, c => c.Contains(name))))];
        int pieces = planned.Count(isPlanned => isPlanned) + Shape.Regions.Length;
        int firstRequired = int.MaxValue;
        if (Shape.InOrder)
            for (int k = 0; k < names; k++)
                if ((Shape.Required[k / 64] & ~Seen[k / 64]) >> (k % 64) is var bit && (bit & 1) != 0)
                    firstRequired = Math.Min(firstRequired, Shape.Ranks[k]);
        (int least, int most) = (ValueNode.Unsatisfiable, 0);
        for (int k = 0; k < names; k++)
            if (MayAdd(k) && (planned[k] ? Fits(Need(k, spare ? pieces-- : 0))
                : Shape.Ranks[k] <= firstRequired && Shape.Automaton.HeightOf(Shape.Values[k]) is < ValueNode.Unsatisfiable and int height && Fits(height + 1)))
                allowed[k / 64] |= 1UL << (k % 64);
        ulong regions = 0;
        for (int r = 0; r < Shape.Regions.Length; r++)
            if (Fits(Need(names + r, spare ? pieces-- : 0)))
                regions |= 1UL << r;
        ExtraNames? extras = Shape.Extras(regions);
        return new Choices(ObjectCompletion.CanClose(this), allowed, extras, extras is not null || allowed.Any(word => word != 0), least, most);

        bool Fits(int need)
        {
            if (need > _content.Room)
                return false;
            (least, most) = (Math.Min(least, need), Math.Max(most, need));
            return true;
        }
    }

    /// <summary>How deep the object nests at least with a next property.</summary>
    /// <param name="index">The property's, as for <see cref="Plan(int)"/>.</param>
    /// <param name="pieces">With how many others, itself counted, it shares the work left; 0 for all of it.</param>
    private int Need(int index, int pieces)
    {
        int need = ValueNode.Unsatisfiable;
        using Work.Scope share = Work.Share(Math.Max(1, pieces));
        foreach (Fork fork in Plan(index, spare: pieces > 0)?.Forks ?? [])
            need = Math.Min(need, Math.Max(fork.NextHeight, fork.ValueHeight + 1));
        return need;
    }

    private sealed record Choices(bool CanClose, ulong[] Allowed, ExtraNames? Extras, bool HasMore, int LeastNeed, int MostNeed);

    /// <summary>What tells states of one shape apart.</summary>
    public sealed class Content : IEquatable<Content>
    {
        private readonly int _hash;

        public Content(ulong[] seen, int count, Expr formula, int lastRank, int room = ValueNode.Unsatisfiable - 1)
        {
            (Seen, Count, Formula, LastRank, Room) = (seen, count, formula, lastRank, room);
            HashCode hash = new();
            foreach (ulong word in seen)
                hash.Add(word);
            hash.Add(count);
            hash.Add(formula.Id);
            hash.Add(lastRank);
            hash.Add(room);
            _hash = hash.ToHashCode();
        }

        public ulong[] Seen { get; }

        public int Count { get; }

        public Expr Formula { get; }

        public int LastRank { get; }

        /// <summary>How deep the object may nest, itself counted.</summary>
        public int Room { get; }

        public Content Within(int room) => new(Seen, Count, Formula, LastRank, room);

        public bool Equals(Content? other) =>
            other is not null && _hash == other._hash && Count == other.Count && LastRank == other.LastRank && Room == other.Room && Formula == other.Formula
            && Seen.AsSpan().SequenceEqual(other.Seen);

        public override bool Equals(object? obj) => Equals(obj as Content);

        public override int GetHashCode() => _hash;
    }
}
