using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>Finds the tokens that a reading allows by running it over the vocabulary's trie, or by slices prepared for JSON strings.</summary>
internal sealed class MaskBuilder(Tape tape, VocabularyIndex index)
{
    private const int Levels = 257;

    private readonly List<int> _found = [];
    private readonly List<int> _sensitive = [];
    private readonly HashSet<int> _listed = []; // tokens that end a listed name, which closes otherwise than others
    private readonly Level[] _levels = new Level[Levels];
    private bool _fromKey;

    /// <summary>The heads after some bytes of a token, and the tape's tops.</summary>
    private record struct Level(int From, int To, Tape.Mark Mark, int Closed, bool Structural);

    /// <summary>The tokens that a head allows, names already used in its objects not counted.</summary>
    public MaskEntry Build(in Head head)
    {
        Tape.Mark before = tape.Now();
        (tape.Base, tape.LowestReturn, tape.DeepestNeed) = (before, int.MaxValue, 0);
        (tape.IgnoreExtras, tape.ExtrasClosed) = (true, 0);
        _found.Clear();
        _sensitive.Clear();
        tape.FromScalar = tape.IsInDistinctScalar(head);
        _fromKey = head.Node is KeyNode || tape.FromScalar;
        int depth = tape.FrameAt(head.Frame).Depth;
        tape.NoteItems(head);
        ulong[]? slice = Tokens(tape.Push(head));
        tape.Restore(before);
        tape.IgnoreExtras = false;
        (tape.Base, int lowest) = (default, tape.LowestReturn);
        bool owns = _found.Count > (slice is null ? index.Words / 2 : index.Words);
        if (owns)
            slice = index.MaskOf(slice, CollectionsMarshal.AsSpan(_found));
        return new MaskEntry
        {
            Base = slice,
            OwnsBase = owns,
            Tokens = owns ? [] : [.. _found],
            Sensitive = [.. _sensitive],
            Rise = Math.Max(0, tape.DeepestNeed - depth),
            Frames = lowest == int.MaxValue ? 0 : depth - lowest + 1,
        };
    }

    private ulong[]? Tokens(int at)
    {
        Head head = tape[at];
        switch (head.Node)
        {
            case StringNode { Machine.Lexer.Spelling: TextSpelling.Json } s when s.Machine.Lexer.IsAny && s.Machine.Lexer.IsBetween(head.A):
                return InString(s.Machine.Language, head.B, at);
            case MarkerNode marker:
                return InFreeText(marker, at);
            case StringNode s:
                return AddReach(index.Reaches.Text(s.Machine, head.A, head.B, -1), head, -1);
            case KeyNode { Owner.Extras: not null } when head.B >= 0:
                return InKey(at);
            case KeyNode key:
                WalkListed(head, key.Owner, head.A, -1);
                return null;
            case NumberNode n:
                AddReach(index.Reaches.Number(n.Machine, head.A, head.B, -1), head, -1);
                if (n.Machine.Accepts(head.A) && tape.TryReturn(head, tape.TextLength, out Head next))
                {
                    int after = tape.Push(next);
                    Walk(index.Trie, LevelOf(after, after + 1), 0, index.Trie.Count, Closing.None);
                }
                return null;
            default:
                if (tape.SpaceRoom(head) is >= 0 and int room)
                    AddReach(index.Reaches.Space(room, -1), head, -1);
                else
                    Walk(index.Trie, LevelOf(at, at + 1), 0, index.Trie.Count, Closing.None);
                return null;
        }
    }

    /// <summary>Inside a string whose characters are free: what stays inside by a slice, what closes it by what follows the quote.</summary>
    private ulong[] InString(StringLanguage language, int count, int at)
    {
        int least = Math.Max(0, language.Min - count), most = language.Max < 0 ? int.MaxValue : language.Max - count;
        Head closing = tape[at];
        closing.B = Math.Max(count, language.Min);
        CloseWith(closing, new Closing(least, most, false));
        return index.Inside(most == int.MaxValue ? -1 : most);
    }

    /// <summary>Inside a name that may be an unlisted one: as in a string, but for the listed names, which are walked by themselves.</summary>
    private ulong[]? InKey(int at)
    {
        Head head = tape[at];
        ObjectState state = ((KeyNode)head.Node).Owner;
        StringMachine extras = state.Extras!.Machine;
        ulong[]? inside;
        if (extras.Language.IsAll && extras.Lexer.IsBetween(head.B))
        {
            _listed.Clear();
            if (head.A >= 0)
                ListedEnds(state.Shape.Trie, head.A, -1);
            CloseWith(head with { A = -1 }, new Closing(0, int.MaxValue, true));
            inside = index.InsideCanonical;
        }
        else
        {
            // that names may run out within it, JsonConstraint looks after: only those along names used before can
            inside = AddReach(index.Reaches.Text(extras, head.B, head.C, -1), head, -1, head.A >= 0 ? state.Shape.Trie : null);
        }
        if (head.A >= 0)
            WalkListed(head, state, head.A, -1);
        return inside;
    }

    /// <summary>The listed names alone, side by side with the tokens below a node (-1: the root).</summary>
    private void WalkListed(in Head head, ObjectState owner, int name, int node)
    {
        TokenTrie trie = index.Trie;
        KeyTrie names = owner.Shape.Trie;
        if (names.NameAt(name) >= 0 && owner.MayCome(names.NameAt(name)) && trie.Child(node, (byte)'"') is >= 0 and int quote)
        {
            Tape.Mark mark = tape.Now();
            int closed = tape.ExtrasClosed;
            EndAt(new TokenEnd(quote, -1, 0), head with { A = name });
            tape.Restore(mark);
            tape.ExtrasClosed = closed;
        }
        ReadOnlySpan<byte> bytes = names.Bytes(name);
        for (int i = 0; i < bytes.Length; i++)
        {
            int to = names.Targets(name)[i];
            (int low, int high) = names.Below(to);
            if (!owner.MayCome(low, high) || trie.Child(node, bytes[i]) is not (>= 0 and int child))
                continue;
            if (trie.First[child] >= 0)
                Take(trie, child, Closing.None);
            WalkListed(head, owner, to, child);
        }
    }

    /// <summary>Finds the tokens that end a listed name, and perhaps go on after the quote.</summary>
    private void ListedEnds(KeyTrie names, int name, int node)
    {
        TokenTrie trie = index.Trie;
        if (names.NameAt(name) >= 0 && trie.Child(node, (byte)'"') is >= 0 and int quote)
        {
            var ids = new List<int>();
            for (int n = quote; n < trie.Skip[quote]; n++)
                trie.AddEntries(n, ids);
            _listed.UnionWith(ids);
        }
        ReadOnlySpan<byte> bytes = names.Bytes(name);
        for (int i = 0; i < bytes.Length; i++)
            if (trie.Child(node, bytes[i]) is >= 0 and int child)
                ListedEnds(names, names.Targets(name)[i], child);
    }

    /// <summary>In text before a marker: every token, control tokens too, but those with the marker and then what its value may not begin with.</summary>
    private ulong[] InFreeText(MarkerNode marker, int at)
    {
        var mask = new ulong[index.Words];
        TokenTable table = index.Table;
        int state = tape[at].A;
        Tape.Mark mark = tape.Now();
        for (int id = 0; id < table.Count; id++)
        {
            ReadOnlySpan<byte> bytes = table[(LlamaToken)id];
            if (!VocabularyIndex.IsFreeText(table, id) || (marker.Completes(state, bytes) && !Lives(at, bytes)))
                continue;
            mask[id / 64] |= 1UL << (id % 64);
        }
        tape.Restore(mark);
        return mask;

        bool Lives(int from, ReadOnlySpan<byte> bytes)
        {
            tape.Restore(mark);
            int to = from + 1;
            foreach (byte b in bytes)
            {
                int start = tape.HeadTop;
                if (!tape.Step(from, to, b))
                    return false;
                (from, to) = (start, tape.HeadTop);
            }
            return true;
        }
    }

    /// <summary>Which tokens of a suffix count: by the characters before the quote, and how those are spelled.</summary>
    private readonly record struct Closing(int Least, int Most, bool Canonical)
    {
        public static Closing None => new(0, -1, false);

        public bool IsNone => Most < 0;
    }

    private void CloseWith(in Head head, Closing closing)
    {
        Tape.Mark mark = tape.Now();
        int closed = tape.ExtrasClosed;
        int from = tape.Push(head), to = tape.HeadTop;
        tape.Write(tape.TextLength, (byte)'x'); // stands for the characters before the quote
        if (closing.Most >= 0 && tape.Step(from, to, (byte)'"'))
        {
            if (index.EmptySuffix >= 0)
                AddClosing(index.EmptySuffix, closing);
            Walk(index.Suffixes, LevelOf(to, tape.HeadTop), 0, index.Suffixes.Count, closing);
        }
        tape.Restore(mark);
        tape.ExtrasClosed = closed;
    }

    private void AddClosing(int suffix, Closing closing)
    {
        foreach ((int token, int characters, bool canonical) in index.Closing[suffix])
            if (characters >= closing.Least && characters <= closing.Most && (!closing.Canonical || (canonical && !_listed.Contains(token))))
                Found(token);
    }

    private void Found(int token)
    {
        _found.Add(token);
        if (tape.ExtrasClosed == 2 || (tape.ExtrasClosed == 1 && !_fromKey))
            _sensitive.Add(token);
    }

    private Level LevelOf(int from, int to)
    {
        bool structural = true;
        for (int i = from; i < to; i++)
            structural &= Tape.IsStructural(tape[i].Node);
        return new Level(from, to, tape.Now(), tape.ExtrasClosed, structural);
    }

    /// <summary>Runs heads over the nodes of a trie from one to before another, the first of which follow <paramref name="start"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Walk(TokenTrie trie, Level start, int node, int end, Closing closing)
    {
        if (node >= end)
            return;
        byte[] bytes = trie.Bytes;
        byte[] depths = trie.Depth;
        int[] skip = trie.Skip;
        _levels[depths[node]] = start;
        while (node < end)
        {
            int depth = depths[node];
            ref Level level = ref _levels[depth];
            if (level.Structural && !JsonBytes.MayStand(bytes[node]))
            {
                node = skip[node];
                continue;
            }
            tape.Restore(level.Mark);
            tape.ExtrasClosed = level.Closed;
            int from = tape.HeadTop;
            if (!tape.Step(level.From, level.To, bytes[node]))
            {
                node = skip[node];
                continue;
            }
            int to = tape.HeadTop;
            if (trie.First[node] >= 0)
                Take(trie, node, closing);
            if (to == from + 1 && skip[node] > node + 8 && closing.IsNone && WalkInside(node, from))
            {
                node = skip[node];
                continue;
            }
            _levels[depth + 1] = LevelOf(from, to);
            node++;
        }
    }

    /// <summary>The subtree below a node whose only head is inside a text or a number, or where white space may stand, if so.</summary>
    private bool WalkInside(int node, int at)
    {
        Head head = tape[at];
        switch (head.Node)
        {
            case StringNode s:
                AddInside(index.Reaches.Text(s.Machine, head.A, head.B, node), head, node, tape.IsInDistinctScalar(head) && s.Machine.MayBeFew(head.B, index.Trie.MaxDepth));
                return true;
            case NumberNode n:
                AddInside(index.Reaches.Number(n.Machine, head.A, head.B, node), head, node, tape.IsInDistinctScalar(head));
                return true;
            case KeyNode { Owner: { Extras: { } extras } owner } when head.B >= 0:
                TokenReach reach = index.Reaches.Text(extras.Machine, head.B, head.C, node);
                AddReach(reach, head, node, head.A >= 0 ? owner.Shape.Trie : null);
                if (extras.Machine.MayRunOutWithin(head.C, index.Trie.MaxDepth))
                    _sensitive.AddRange(reach.Tokens);
                if (head.A < 0)
                    return true;
                WalkListed(head, owner, head.A, node);
                return true;
            case KeyNode { Owner: var owner }:
                WalkListed(head, owner, head.A, node);
                return true;
            default:
                if (tape.SpaceRoom(head) is not (>= 0 and int room))
                    return false;
                AddReach(index.Reaches.Space(room, node), head, node);
                return true;
        }
    }

    /// <summary>The subtree below a node within a scalar; where that must differ from others there may be few left to choose from.</summary>
    private void AddInside(TokenReach reach, in Head head, int node, bool mayBeFew)
    {
        AddReach(reach, head, node);
        if (mayBeFew)
            _sensitive.AddRange(reach.Tokens);
    }

    /// <summary>Adds the tokens that stay within a text or number, and those that go on after its end; gives the mask to add to them.</summary>
    /// <param name="reach">What the tokens do.</param>
    /// <param name="head">The head within the text.</param>
    /// <param name="below">The node of the trie that led to the head; -1 at its root.</param>
    /// <param name="listed">Names that end otherwise, spelled from the head's A on; or null.</param>
    private ulong[]? AddReach(TokenReach reach, in Head head, int below, KeyTrie? listed = null)
    {
        Tape.Mark mark = tape.Now();
        int closed = tape.ExtrasClosed;
        _found.AddRange(reach.Tokens);
        if (closed == 2 || (closed == 1 && !_fromKey))
            _sensitive.AddRange(reach.Tokens);
        foreach (TokenEnd end in reach.Ends)
        {
            if (listed is not null && EndsListed(listed, head.A, below, end.Node))
                continue;
            tape.Restore(mark);
            tape.ExtrasClosed = closed;
            EndAt(end, head);
        }
        tape.Restore(mark);
        tape.ExtrasClosed = closed;
        return reach.Base;
    }

    /// <summary>Whether the bytes between two nodes spell the rest of a listed name.</summary>
    private bool EndsListed(KeyTrie names, int name, int below, int node)
    {
        Span<byte> path = stackalloc byte[Levels];
        foreach (byte b in index.Trie.PathBetween(below, node, path))
            if ((name = names.Step(name, b)) < 0)
                return false;
        return names.NameAt(name) >= 0;
    }

    /// <summary>The end of a text at a node, and the subtree below it.</summary>
    private void EndAt(TokenEnd end, Head head)
    {
        TokenTrie trie = index.Trie;
        (int node, int state, int count) = end;
        if (head.Node is KeyNode)
            (head.A, head.B, head.C) = (state < 0 ? head.A : -1, state, count);
        else if (Tape.IsStructural(head.Node))
            head.B += count;
        else
            (head.A, head.B) = (state, count);
        int from = tape.Push(head), to = tape.HeadTop;
        if (!tape.Step(from, to, trie.Bytes[node]))
            return;
        if (trie.First[node] >= 0)
            Take(trie, node, Closing.None);
        if (trie.Skip[node] == node + 1)
            return;
        Walk(trie, LevelOf(to, tape.HeadTop), node + 1, trie.Skip[node], Closing.None);
    }

    private void Take(TokenTrie trie, int node, Closing closing)
    {
        int i = trie.First[node];
        do
        {
            if (closing.IsNone)
                Found(trie.Ids[i]);
            else
                AddClosing(trie.Ids[i], closing);
        }
        while (++i < trie.Ids.Length && trie.Same[i]);
    }
}
