using System.Collections.Concurrent;
using System.Numerics;

namespace LlamaSpan;

/// <summary>
/// Counts the different values that complete what was begun, up to <see cref="Ways.Many"/>: a lower bound, at least one wherever there is an
/// end. It is never more than the sum of the counts after next steps that no value has in common; so where there are more ways than values used
/// up, there still are after one of these steps. The order of an object's properties does not tell values apart.
/// </summary>
internal sealed class ValueWays(JsonAutomaton automaton)
{
    /// <summary>How many levels beyond the least that a value nests are looked at.</summary>
    public const int MostSpare = 3;

    private const int MostItems = 1000;

    private readonly ConcurrentDictionary<(Node, int), int> _known = new();

    /// <param name="node">Before a value, or within an object or array, between its parts.</param>
    /// <param name="room">How deep the value, object or array may nest.</param>
    /// <returns>0 only if nothing completes it.</returns>
    public int Of(Node node, int room)
    {
        int height = HeightOf(node);
        if (height > room)
            return 0;
        room = Math.Min(room, height + MostSpare);
        if (_known.TryGetValue((node, room), out int known))
            return known;
        using Work.Scope scope = Work.Begin(Work.ToReach);
        lock (automaton.Lock)
        {
            int count = Math.Max(1, node switch { ObjectState o => Count(o, room), ArrayState a => Count(a, room), ValueNode v => Count(v, room), _ => 1 });
            return automaton.IsProvisional ? count : _known.GetOrAdd((node, room), count);
        }
    }

    public static int HeightOf(Node node) => node switch { ObjectState o => o.Height, ArrayState a => a.Height, ValueNode v => v.Height, _ => 0 };

    public static int Times(int a, int b) => (int)Math.Min(Ways.Many, (long)a * b);

    private int Count(ValueNode node, int room)
    {
        int count = BitOperations.PopCount((uint)node.Literals) + (node.Number?.Machine.Completions(0, 0) ?? 0);
        if (count < Ways.Many)
            count += node.String?.Machine.Spellings(0, 0) ?? 0;
        if (count >= Ways.Many)
            return Ways.Many;
        int objects = 0, arrays = 0; // alternatives may have values in common
        foreach (ObjectState state in automaton.Objects(node.Expr, node.IsDistinct))
            objects = Math.Max(objects, Of(state, room));
        foreach (ArrayState state in automaton.Arrays(node.Expr, node.IsDistinct))
            arrays = Math.Max(arrays, Of(state, room));
        return Math.Min(Ways.Many, count + objects + arrays);
    }

    private int Count(ObjectState state, int room)
    {
        var atoms = new List<Expr>();
        Atoms.Collect(state.Formula, atoms);
        if (atoms.Count > 0 && MayHaveMany(state, room))
            return Ways.Many;
        bool isLimited = state.Shape.Max != int.MaxValue || state.Count < state.Shape.Min;
        return atoms.Count > 0 && (isLimited || !atoms.TrueForAll(atom => atom is Expr.Keys)) ? 1 : CountFree(state, room, [.. atoms.OfType<Expr.Keys>()], isLimited);
    }

    /// <summary>Whether some property that may come next has many values such that the object can be completed.</summary>
    private bool MayHaveMany(ObjectState state, int room)
    {
        const int Most = 4; // it takes work
        ObjectShape shape = state.Shape;
        IEnumerable<int> names = Enumerable.Range(0, shape.Names.Length).OrderBy(k => shape.Ranks[k])
            .Where(k => state.MayAdd(k) && Of(automaton.Value(shape.Values[k], shape.IsDistinct), room - 1) == Ways.Many);
        foreach (int k in names.Take(Most))
            foreach (Fork fork in ObjectForks.Make(state, k, spare: false))
                if (fork.NextHeight <= room && Of(fork.Value, room - 1) == Ways.Many)
                    return true;
        return false;
    }

    /// <summary>Objects by the properties that the open formula does not speak of; whatever it asks for comes in some way or other.</summary>
    private int CountFree(ObjectState state, int room, Expr.Keys[] open, bool isLimited)
    {
        ObjectShape shape = state.Shape;
        foreach (Region region in shape.Regions)
            if (shape.Max == int.MaxValue && IsFree(open, shape, region) && automaton.HeightOf(region.Value) < room
                && region.Language.NameMachine.Spellings(0, 0) == Ways.Many)
                return Ways.Many; // one more may always come
        int required = 0, ways = 1;
        var optional = new List<(int Height, int Rank, int Ways)>();
        for (int k = 0; k < shape.Names.Length; k++)
        {
            if (!state.MayAdd(k) || Array.Exists(open, atom => atom.Class.Contains(shape.Names[k])))
                continue;
            int height = automaton.HeightOf(shape.Values[k]), one = height < room ? Of(automaton.Value(shape.Values[k], shape.IsDistinct), room - 1) : 0;
            if (shape.IsRequired(k))
                (required, ways) = (required + 1, Times(ways, one));
            else if (one > 0)
                optional.Add((height, shape.Ranks[k], one));
        }
        if (!isLimited && shape.InOrder)
            return optional.Aggregate(ways, (product, one) => Times(product, one.Ways + 1));
        if (shape.InOrder)
            optional.RemoveAll(one => one.Height > 0); // more room must not mean another choice
        if (shape.InOrder)
            optional.Sort((a, b) => a.Rank.CompareTo(b.Rank));
        else
            optional.Sort((a, b) => (a.Height, -a.Ways, a.Rank).CompareTo((b.Height, -b.Ways, b.Rank)));
        int count = state.Count + required, most = Math.Min(optional.Count, shape.Max - count), rest = 0;
        for (int i = most; i >= 0; i--) // none more, or the next one and then others
            rest = Math.Min(Ways.Many, (count + i >= shape.Min ? 1 : 0) + (i < most ? Times(optional[i].Ways, rest) : 0));
        return Times(ways, rest);
    }

    private static bool IsFree(Expr.Keys[] open, ObjectShape shape, Region region) => !Array.Exists(open, atom => shape.Contains(atom.Class, region));

    private int Count(ArrayState state, int room)
    {
        ArrayShape shape = state.Shape;
        if (state.Formula != ExprPool.True)
            return 1;
        int ways = 1, count = 0;
        for (int i = state.Index; i <= state.Index + MostItems; i++)
        {
            count = Math.Min(Ways.Many, count + (i >= shape.Min ? ways : 0));
            if (i >= shape.Max || count == Ways.Many)
                break;
            int items = ItemWays(shape, i, room - 1);
            ways = shape.Max == int.MaxValue && i >= shape.Uniform && !shape.IsUnique && items > 0 ? Ways.Many : Times(ways, items);
            if (ways == 0 || ways == Ways.Many)
                return ways == 0 ? count : Ways.Many;
        }
        return count;
    }

    private int ItemWays(ArrayShape shape, int index, int room)
    {
        Expr value = shape.Value(index);
        int height = automaton.HeightOf(value);
        if (height == ValueNode.Unsatisfiable || height + (shape.IsUnique && automaton.MayNest(value) ? MostSpare : 0) > room)
            return 0;
        int ways = Of(automaton.Value(value, shape.IsUnique || shape.IsDistinct), room);
        return shape.IsUnique && ways < Ways.Many ? Math.Max(0, ways - index) : ways;
    }
}
