using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <content>
/// Whether items can still differ from those before them. An item goes on only while more values complete it than items before it that it may
/// still become: then one of the next steps leads to where that holds again, or to an end that is none of those. An object or array that can
/// always be made longer has values enough. One that cannot is followed: its ways are those of what is being read within it times those of
/// what may come after that in each object and array around it, up to the item.
/// </content>
internal sealed partial class Tape
{
    // items that were found to differ from all before them, and at which length of the text, which grows along the list
    private readonly List<(int Item, int Text)> _apart = [];

    private readonly List<Node> _around = [];

    /// <summary>Whether the reading that masks are built for began within a scalar that tells its item from others.</summary>
    public bool FromScalar { get; set; }

    /// <summary>While masks are built: notes that what follows hangs on an item begun there.</summary>
    private void NoteItem(int start) => ExtrasClosed = Math.Max(ExtrasClosed, FromScalar && start < Base.Text ? 1 : 2);

    /// <summary>The same for a head within a property's name, if which names may come hangs on the items before.</summary>
    public void NoteItems(in Head head)
    {
        if (head.Node is KeyNode && _frames[head.Frame].Around != 0)
            MayDiffer(head);
    }

    /// <summary>Whether an item that has come so far can still differ from those before it, as must those that it lies in.</summary>
    private bool MayDiffer(in Head head) => head.Node switch
    {
        StringNode s => MayDiffer(head, s.Machine.Spellings(head.A, head.B)),
        NumberNode n => MayDiffer(head, n.Machine.Completions(head.A, head.B)),
        LiteralNode or GroundedNode => MayDiffer(head, 1),
        _ when _ways is null => true,
        KeyNode key => MayBeNamed(head, key),
        PropertyNode property => MayDiffer(head, WaysOf(property, DepthOf(head))),
        ObjectState { CanClose: true } state when head.A == ObjectState.AfterComma => MayDiffer(head, WaysOf(state, DepthOf(head)) is var ways and < Ways.Many ? Math.Max(1, ways - 1) : Ways.Many),
        _ => MayDiffer(head, WaysOf(head.Node, DepthOf(head))),
    };

    /// <summary>Whether a number may end there; what is asked for another byte is asked once that is read.</summary>
    private bool MayEndBefore(byte next, in Head after) =>
        _frames[after.Frame].Around == 0 || next is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') || MayDiffer(after);

    /// <param name="head">The head.</param>
    /// <param name="ways">How many values complete what the head is within.</param>
    /// <param name="name">The next property's name, if the head is within that.</param>
    private bool MayDiffer(in Head head, int ways, int name = -1)
    {
        for (int f = head.Frame; ways < Ways.Many; f = _frames[f].Parent)
        {
            int start = _frames[f].Item;
            if (start >= 0 && IgnoreExtras)
            {
                NoteItem(start);
                return true;
            }
            if (start >= 0)
            {
                bool isStart = f == head.Frame && head.Node is ValueNode; // then the array saw to it that there are more values
                int alike = Alike(f, head, name);
                if (alike >= ways && !isStart)
                    return false;
                ways = Math.Max(1, ways - alike);
                if (_frames[_frames[f].Parent].Around == 0)
                    return true;
            }
            ways = ValueWays.Times(ways, WaysAfter(f));
        }
        return true;
    }

    /// <summary>Whether one of the names that begin so, listed ones, leads on; unlisted ones were asked about when the name began.</summary>
    private bool MayBeNamed(in Head head, KeyNode key)
    {
        if (WaysUpTo(_frames[head.Frame].Around, head.Frame) == Ways.Many || (head.B >= 0 && !IgnoreExtras))
            return true;
        ObjectState state = key.Owner;
        (int low, int high) = head.A >= 0 ? state.Shape.Trie.Below(head.A) : (0, 0);
        bool may = head.B >= 0;
        for (int k = low; k < high && (!may || IgnoreExtras); k++)
            if (state.MayCome(k) && state.Plan(k) is { } property)
                may |= MayDiffer(head, WaysOf(property, DepthOf(head)), k);
        return may;
    }

    /// <summary>Whether an unlisted name may come next.</summary>
    private bool MayAddUnlisted(in Head head, ObjectState state) =>
        _frames[head.Frame].Around == 0 || _ways is null || WaysOf(state, DepthOf(head)) == Ways.Many
        || MayDiffer(head with { A = ObjectState.AfterComma }, 1);

    private static bool IsScalar(Node node) => node is StringNode or NumberNode or LiteralNode;

    /// <summary>How many items before one may still come of it.</summary>
    private int Alike(int frame, in Head head, int name)
    {
        int start = _frames[frame].Item, alike = 0;
        if (IsApart(start))
            return 0;
        bool isApart = true;
        ReadOnlySpan<byte> text = BegunItem(frame, head);
        var begun = new ItemBeginning(text, Around(frame, head, name));
        for (int e = _frames[frame].Extras; e != 0; e = _extras[e].Before)
        {
            if (frame == head.Frame && (head.Node is ValueNode || IsScalar(head.Node)))
            {
                bool begins = head.Node is ValueNode || ExtraText(e).StartsWith(text);
                isApart &= !begins;
                alike += begins && (head.Node is ValueNode || MayBecome(head, ExtraText(e)[text.Length..])) ? 1 : 0;
                continue;
            }
            if (!begun.Begins(ExtraText(e)))
                continue;
            isApart = false;
            bool mayBecome = head.Node switch
            {
                KeyNode key when name >= 0 => begun.HasMember(key.Owner.Shape.Trie.Spelling(name)),
                ObjectState when head.A == ObjectState.AfterComma => begun.HasMoreMembers,
                ValueNode => !begun.IsAtEnd,
                GroundedNode => begun.TryFollow(out _, out _),
                _ => !IsScalar(head.Node) || (begun.TryFollow(out int from, out int to) && MayBecome(head, ExtraText(e)[from..to])),
            };
            alike += mayBecome && begun.HasFittingMembers ? 1 : 0;
        }
        if (isApart)
            _apart.Add((start, TextLength));
        return alike;
    }

    /// <summary>The objects and arrays that a head is in, up to an item, the innermost first, as they will be after the value that is read.</summary>
    private ReadOnlySpan<Node> Around(int item, in Head head, int name = -1)
    {
        _around.Clear();
        if (head.Node is ObjectState or ArrayState)
            _around.Add(head.Node);
        else if (head.Node is KeyNode key)
            _around.Add(name < 0 ? key.Owner : key.Owner.Plan(name)!.Forks[0].Next);
        else if (head.Node is PropertyNode property)
            _around.Add(property.Forks[0].Next);
        for (int f = head.Frame; f != item; f = _frames[f].Parent)
            _around.Add(_frames[f].Next);
        return CollectionsMarshal.AsSpan(_around);
    }

    /// <summary>What has come of an item; after a property's name with its colon.</summary>
    private ReadOnlySpan<byte> BegunItem(int frame, in Head head)
    {
        if (head.Node is not PropertyNode)
            return ItemUpTo(frame, TextLength);
        if (TextLength == _text.Length)
            Array.Resize(ref _text, TextLength * 2);
        _text[TextLength] = (byte)':';
        return ItemUpTo(frame, TextLength + 1);
    }

    /// <summary>Whether an item was found to differ from all before it.</summary>
    private bool IsApart(int start)
    {
        for (int i = _apart.Count - 1; i >= 0 && _apart[i].Text > start; i--)
            if (_apart[i].Item == start)
                return true;
        return false;
    }

    private void ForgetApart()
    {
        int count = _apart.Count;
        while (count > 0 && _apart[count - 1].Text > TextLength)
            count--;
        _apart.RemoveRange(count, _apart.Count - count);
    }

    /// <summary>The values that may follow in the objects and arrays around, from a frame up to an item's.</summary>
    private int WaysUpTo(int item, int frame)
    {
        int ways = 1;
        for (int f = frame; f != item && ways < Ways.Many; f = _frames[f].Parent)
            ways = ValueWays.Times(ways, WaysAfter(f));
        return ways;
    }

    private int WaysAfter(int frame)
    {
        if (frame < Base.Frames)
            LowestReturn = Math.Min(LowestReturn, _frames[frame].Depth);
        return WaysOf(_frames[frame].Next, _frames[frame].Depth - 1);
    }

    private int WaysOf(Node node, int depth)
    {
        DeepestNeed = Math.Max(DeepestNeed, depth + ValueWays.HeightOf(node) + ValueWays.MostSpare); // with less room there may be fewer
        return Math.Max(1, _ways!.Of(node, _options.MaxDepth - depth));
    }

    private int WaysOf(PropertyNode property, int depth)
    {
        int ways = 1;
        foreach (Fork fork in property.Forks)
            ways = Math.Max(ways, ValueWays.Times(WaysOf(fork.Value, depth + 1), WaysOf(fork.Next, depth)));
        return ways;
    }
}
