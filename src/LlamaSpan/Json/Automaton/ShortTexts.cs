using System.Collections.Concurrent;
using System.Text;

namespace LlamaSpan;

/// <summary>
/// Short ways from the states of a grammar to its end, remembered by state. Values that nest least are taken, among those the shortest, so that
/// recursive schemas end; a way that takes too long to find is given up.
/// </summary>
internal sealed class ShortTexts(JsonGrammarOptions options, Func<GroundedNode, TextAutomaton?>? texts = null)
{
    private const int MaxStates = 2000;

    [ThreadStatic]
    private static HashSet<ValueNode>? _sought;

    [ThreadStatic]
    private static bool _leans; // whether some answer below leans on a value that is still sought

    private readonly ConcurrentDictionary<Node, byte[]?> _values = new();
    private readonly ConcurrentDictionary<(ObjectState State, int Offset, bool More), byte[]?> _members = new();
    private readonly ConcurrentDictionary<(Node, int, int), byte[]?> _tails = new();

    private ReadOnlySpan<byte> Gap => options.Whitespace == JsonWhitespace.Separators ? " "u8 : default;

    /// <summary>What brings a head to the end of the whole text; null if none was found.</summary>
    /// <param name="tape">The head's tape.</param>
    /// <param name="head">The head.</param>
    /// <param name="offset">Which of the possible names to give to unlisted properties.</param>
    public byte[]? ToEnd(Tape tape, in Head head, int offset)
    {
        var text = new List<byte>();
        if (head.Node is EndNode or MarkerNode { MayEnd: true })
            return [];
        if (!AppendHead(tape, head, offset, text))
            return null;
        for (int frame = head.Frame; ;)
        {
            Frame outer = tape.FrameAt(frame);
            if (outer.Next is EndNode or MarkerNode { MayEnd: true })
                return [.. text];
            List<byte[]> used = [];
            if (outer.Item >= 0)
            {
                byte[] item = [.. tape.ItemUpTo(frame, tape.TextLength), .. text];
                used = [.. tape.ItemsBefore(outer.Extras), item.AsSpan().TrimStart((byte)' ').ToArray()];
            }
            if (!AppendAfter(outer.Next, offset, MustDiffer(tape, outer.Parent, offset), used, text))
                return null;
            frame = outer.Parent;
        }
    }

    /// <summary>What brings the innermost value to its end, no matter what items came before; null if none was found.</summary>
    public byte[]? ToEndOfValue(Tape tape, in Head head)
    {
        var text = new List<byte>();
        return AppendHead(tape, head, 0, text) ? [.. text] : null;
    }

    /// <summary>Whether the value that a frame is of must come out longer, to differ from others.</summary>
    private static bool MustDiffer(Tape tape, int frame, int offset) => offset > 0 && tape.FrameAt(frame).Item >= 0;

    /// <summary>What completes the object, array or scalar that a head is within.</summary>
    private bool AppendHead(Tape tape, in Head head, int offset, List<byte> text)
    {
        bool differ = MustDiffer(tape, head.Frame, offset);
        switch (head.Node)
        {
            case ValueNode value:
                if (head.A == 1 && head.B == 0)
                    text.AddRange(Gap);
                Frame around = tape.FrameAt(head.Frame);
                return Append(text, around.Item >= 0 ? Unused(value, tape.ItemsBefore(around.Extras), 0) : Value(value));
            case ObjectState state when head.A != ObjectState.AfterValue:
                if (head.A == ObjectState.AfterComma && head.B == 0)
                    text.AddRange(Gap);
                return Append(text, head.A == ObjectState.Open && state.CanClose && !differ ? [(byte)'}'] : Members(tape.Fitting(head, state), offset, differ));
            case ArrayState state when head.A == ArrayState.Open:
                return Append(text, Items(state, first: true, [], differ ? offset : 0));
            case StringNode or NumberNode when differ:
                return Append(text, OtherTail(head, offset));
            case MarkerNode { IsPartOfValue: false } marker:
                text.AddRange(marker.Marker[head.A..]);
                if (!Append(text, Value((ValueNode)marker.Value)))
                    return false;
                text.AddRange(Encoding.Latin1.GetBytes(marker.Closing?.Text ?? ""));
                return true;
            case PropertyNode property:
                return AppendProperty(property, offset, differ, text);
            case KeyNode key:
                return AppendKey(tape, head, key, offset, text);
            case GroundedNode grounded:
                return Append(text, texts?.Invoke(grounded) is { } automaton ? grounded.Tail(automaton, head) : null);
            case LiteralNode literal:
                text.AddRange(Encoding.Latin1.GetBytes(literal.Text[head.A..]));
                return true;
            default:
                return head.Node is ObjectState or ArrayState ? AppendAfter(head.Node, offset, differ, tape.ItemsBefore(head.Extras), text) : Append(text, Tail(head.Node, head.A, head.B));
        }
    }

    /// <summary>What completes an object or array after one of its values.</summary>
    private bool AppendAfter(Node node, int offset, bool differ, List<byte[]> used, List<byte> text)
    {
        switch (node)
        {
            case ArrayState state:
                return Append(text, Items(state, first: false, used, differ ? offset : 0));
            case ObjectState { CanClose: true } when !differ:
                text.Add((byte)'}');
                return true;
            case ObjectState state:
                text.Add((byte)',');
                text.AddRange(Gap);
                return Append(text, Members(state, offset, differ));
            case LiteralNode literal:
                text.AddRange(Encoding.Latin1.GetBytes(literal.Text));
                return true;
            default:
                return false;
        }
    }

    /// <summary>The rest of a string, number or plain text.</summary>
    private byte[]? Tail(Node node, int a, int b) => _tails.TryGetValue((node, a, b), out byte[]? known) ? known : _tails.GetOrAdd((node, a, b), node switch
    {
        StringNode { IsRaw: true } s => ShortTail.Of(s.Machine, a, b),
        StringNode s => ShortTail.Of(s.Machine, a, b) is { } rest ? [.. rest, (byte)'"'] : null,
        NumberNode n => ShortTail.Of(n.Machine, a, b),
        _ => null,
    });

    /// <summary>A short value. One that is sought already has none within itself; what was not found for that reason alone is not remembered.</summary>
    public byte[]? Value(ValueNode node)
    {
        if (_values.TryGetValue(node, out byte[]? known))
            return known;
        HashSet<ValueNode> sought = _sought ??= [];
        if (!sought.Add(node))
        {
            _leans = true;
            return null;
        }
        try
        {
            if (Shortest(node) is { } shortest)
                return _values.GetOrAdd(node, shortest);
        }
        finally
        {
            sought.Remove(node);
            _leans &= sought.Count > 0;
        }
        return _leans ? null : _values.GetOrAdd(node, (byte[]?)null);
    }

    private byte[]? Shortest(ValueNode node)
    {
        byte[]? best = null;
        Consider((node.Literals & JsonTypes.Null) != 0 ? "null"u8.ToArray() : null);
        Consider((node.Literals & JsonTypes.True) != 0 ? "true"u8.ToArray() : null);
        Consider((node.Literals & JsonTypes.False) != 0 ? "false"u8.ToArray() : null);
        if (node.String is { } text && Tail(text, 0, 0) is { } tail)
            Consider([(byte)'"', .. tail]);
        foreach (GroundedNode grounded in node.Grounded)
            if (texts?.Invoke(grounded) is { } automaton && grounded.IsSatisfied(automaton) && grounded.Tail(automaton, default) is { } inside)
                Consider([(byte)'"', .. inside]);
        if (node.Number is { } number)
            Consider(Tail(number, 0, 0));
        if (best is not null)
            return best;
        int height = Math.Min(
            node.Objects.Select(o => o.Height).DefaultIfEmpty(int.MaxValue).Min(), node.Arrays.Select(a => a.Height).DefaultIfEmpty(int.MaxValue).Min());
        foreach (ArrayState array in node.Arrays)
            if (array.Height == height && Items(array, first: true, []) is { } items)
                Consider([(byte)'[', .. items]);
        foreach (ObjectState o in node.Objects)
            if (o.Height == height && (o.CanClose ? [(byte)'}'] : Members(o, 0)) is { } members)
                Consider([(byte)'{', .. members]);
        return best;

        void Consider(byte[]? candidate)
        {
            if (candidate is not null && (best is null || candidate.Length < best.Length))
                best = candidate;
        }
    }

    /// <summary>The items that an array still needs, so many more, and its bracket.</summary>
    /// <param name="state">Where the array stands.</param>
    /// <param name="first">Whether there is no item yet.</param>
    /// <param name="used">The items that those to come must differ from, if they must.</param>
    /// <param name="more">How many more to add than are needed.</param>
    public byte[]? Items(ArrayState state, bool first, IEnumerable<byte[]> used, int more = 0)
    {
        var text = new List<byte>();
        List<byte[]> all = [.. used];
        for (int n = 0; !state.CanClose || more-- > 0; n++)
        {
            if (n == MaxStates)
                return null;
            (Fork? best, byte[]? item) = (null, null);
            foreach (Fork fork in state.Forks)
                if (fork.NextHeight <= state.Height && fork.ValueHeight < state.Height && (state.Shape.IsUnique ? Unused(fork.Value, all, n) : Value(fork.Value)) is { } value
                    && (item is null || Rank(fork, value).CompareTo(Rank(best!.Value, item)) > 0))
                    (best, item) = (fork, value);
            if (best is null)
                return null;
            if (!first)
            {
                text.Add((byte)',');
                text.AddRange(Gap);
            }
            text.AddRange(item!);
            all.Add(item!);
            (state, first) = ((ArrayState)best.Value.Next, false);
        }
        text.Add((byte)']');
        return [.. text];
    }

    /// <summary>The higher, the sooner an array ends with such an item.</summary>
    private static (bool, int, int) Rank(in Fork fork, byte[] value) => fork.Next is ArrayState next ? (next.CanClose, -next.Missing, -value.Length) : default;

    /// <summary>A short value that is none of those used; the search begins with that of a number.</summary>
    private byte[]? Unused(ValueNode node, List<byte[]> used, int number)
    {
        for (int tried = 0; tried <= used.Count + number; tried++)
            if (Nth(node, (number + tried) % (used.Count + number + 1)) is { } value && !used.Exists(u => JsonEquality.AreEqual(u, value)))
                return value;
        return null;
    }

    /// <summary>One of many short values, each number another; objects and arrays only where there is nothing else.</summary>
    private byte[]? Nth(ValueNode node, int number)
    {
        string[] literals = [.. new[] { LiteralNode.Null, LiteralNode.True, LiteralNode.False }.Zip([JsonTypes.Null, JsonTypes.True, JsonTypes.False])
            .Where(pair => (node.Literals & pair.Second) != 0).Select(pair => pair.First.Text)];
        if (number < literals.Length)
            return Encoding.ASCII.GetBytes(literals[number]);
        number -= literals.Length;
        int strings = node.String?.Machine.Spellings(0, 0) ?? 0;
        return number < strings ? OtherTail(new Head { Node = node.String! }, number) is { } tail ? [(byte)'"', .. tail] : null
            : node.Number is not null ? OtherTail(new Head { Node = node.Number }, number - strings)
            : Longer(node, number - strings);
    }

    /// <summary>A short object with one more property, or a short array with more items, each number another.</summary>
    private byte[]? Longer(ValueNode node, int number)
    {
        if (number == 0 || Value(node) is not { } shortest)
            return Value(node);
        ReadOnlySpan<byte> comma = [(byte)',', .. Gap];
        foreach (ObjectState o in shortest[0] == '{' ? node.Objects : [])
            foreach (Region region in o.Shape.Regions)
                if (Unlisted(o.Shape, region, number) is { } name && Value(o.Shape.Automaton.Value(region.Value)) is { } value)
                    return [.. shortest[..^1], .. shortest.Length > 2 ? comma : default, (byte)'"', .. KeyTrie.Spell(name), (byte)'"', (byte)':', .. Gap, .. value, (byte)'}'];
        foreach (ArrayState a in shortest[0] == '[' ? node.Arrays : [])
        {
            var text = new List<byte>(shortest[..^1]);
            for (int i = 0; i < number && Value(a.Shape.Automaton.Value(a.Shape.Value(a.Shape.Uniform))) is { } item; i++)
            {
                text.AddRange(text.Count > 1 ? comma : default);
                text.AddRange(item);
            }
            return [.. text, (byte)']'];
        }
        return shortest;
    }

    /// <summary>The rest of a scalar, not the shortest but that after so many shorter ones.</summary>
    public static byte[]? OtherTail(in Head head, int skip) => head.Node is NumberNode n ? ShortTail.Of(n.Machine, head.A, head.B, skip)
        : ShortTail.Of(((StringNode)head.Node).Machine, head.A, head.B, skip) is { } rest ? [.. rest, (byte)'"'] : null;

    /// <summary>The members that an object still needs, an unlisted one more if asked for, without a comma before them, and its brace.</summary>
    public byte[]? Members(ObjectState state, int offset, bool more = false) =>
        _members.TryGetValue((state, offset, more), out byte[]? known) ? known
            : Search(state, offset, more) is var found && found is null && _leans ? null : _members.GetOrAdd((state, offset, more), found);

    private byte[]? Search(ObjectState start, int offset, bool more)
    {
        var queue = new PriorityQueue<(ObjectState State, bool More, byte[] Text), int>();
        var seen = new HashSet<(ObjectState, bool)>();
        int height = start.CanClose ? Math.Max(start.Height, start.LeastNeed) : start.Height;
        queue.Enqueue((start, more, []), 0);
        while (queue.TryDequeue(out (ObjectState State, bool More, byte[] Text) at, out _))
        {
            if (at.Text.Length > 0 && !at.More && at.State.CanClose)
                return [.. at.Text, (byte)'}'];
            if (!seen.Add((at.State, at.More)))
                continue;
            if (seen.Count > MaxStates)
                return null;
            foreach ((byte[] name, int index) in Names(at.State, offset))
                foreach (Fork fork in at.State.Plan(index)?.Forks ?? [])
                    if (fork.NextHeight <= height && fork.ValueHeight < height && Value(fork.Value) is { } value)
                    {
                        byte[] comma = at.Text.Length == 0 ? [] : [(byte)',', .. Gap];
                        byte[] text = [.. at.Text, .. comma, (byte)'"', .. name, (byte)'"', (byte)':', .. Gap, .. value];
                        queue.Enqueue(((ObjectState)fork.Next, at.More && index < at.State.Shape.Names.Length, text), text.Length);
                    }
        }
        return null;
    }

    /// <summary>The names to try next: the first that is required, else all.</summary>
    private static IEnumerable<(byte[] Name, int Index)> Names(ObjectState state, int offset)
    {
        ObjectShape shape = state.Shape;
        int names = shape.Names.Length, first = -1;
        for (int k = 0; k < names; k++)
            if (((shape.Required[k / 64] & ~state.Seen[k / 64]) >> (k % 64) & 1) != 0 && state.MayCome(k)
                && (first < 0 || shape.Ranks[k] < shape.Ranks[first]))
                first = k;
        if (first >= 0 && state.Plan(first) is not null)
        {
            yield return (KeyTrie.Spell(shape.Names[first]), first);
            yield break;
        }
        for (int k = 0; k < names; k++)
            if (state.MayCome(k))
                yield return (KeyTrie.Spell(shape.Names[k]), k);
        for (int r = 0; r < shape.Regions.Length; r++)
            if (state.Plan(names + r) is not null && Unlisted(shape, shape.Regions[r], state.Count + offset) is { } name)
                yield return (KeyTrie.Spell(name), names + r);
    }

    /// <summary>One of a region's short names that no schema lists; null if it has none of that number.</summary>
    private static string? Unlisted(ObjectShape shape, in Region region, int number)
    {
        for (int n = 0; ShortTail.Nth(region.Language, n) is { } name; n++)
            if (!shape.IsListed(name) && number-- == 0)
                return name;
        return null;
    }

    private bool AppendProperty(PropertyNode property, int offset, bool differ, List<byte> text)
    {
        List<byte>? best = null;
        foreach (Fork fork in property.Forks)
        {
            var way = new List<byte> { (byte)':' };
            way.AddRange(Gap);
            if (Append(way, Value(fork.Value)) && AppendAfter(fork.Next, offset, differ, [], way) && (best is null || way.Count < best.Count))
                best = way;
        }
        if (best is not null)
            text.AddRange(best);
        return best is not null;
    }

    /// <summary>The rest of a name that was begun: the listed one that leads to an end soonest, else an unlisted one.</summary>
    private bool AppendKey(Tape tape, in Head head, KeyNode key, int offset, List<byte> text)
    {
        ObjectState state = key.Owner;
        List<byte>? best = null;
        bool differ = MustDiffer(tape, head.Frame, offset);
        int length = tape.TextLength - head.D;
        if (head.A >= 0)
        {
            (int low, int high) = state.Shape.Trie.Below(head.A);
            for (int k = low; k < high; k++)
                if (state.MayCome(k))
                    Try(KeyTrie.Spell(state.Shape.Names[k])[length..], k, offset);
        }
        if (best is null && head.B >= 0)
            for (int n = 0; n < 3 && best is null; n++)
                if (ShortTail.Of(state.Extras!.Machine, head.B, head.C, n + offset) is { } rest && !IsListed(state.Shape.Trie, head.A, rest))
                    Try(rest, state.Shape.Names.Length + state.Extras.RegionAfter(head.B, head.C, rest), n + offset + 1);
        if (best is not null)
            text.AddRange(best);
        return best is not null;

        void Try(byte[] rest, int index, int next)
        {
            var way = new List<byte>(rest) { (byte)'"' };
            if (state.Plan(index) is { } plan && AppendProperty(plan, next, differ, way) && (best is null || way.Count < best.Count))
                best = way;
        }
    }

    private static bool IsListed(KeyTrie names, int name, ReadOnlySpan<byte> rest)
    {
        foreach (byte b in rest)
            if (name >= 0)
                name = names.Step(name, b);
        return name >= 0 && names.NameAt(name) >= 0;
    }

    private static bool Append(List<byte> text, byte[]? part)
    {
        if (part is not null)
            text.AddRange(part);
        return part is not null;
    }
}
