using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>Finds the tokens that a reading allows by running it over the vocabulary's trie, or by slices prepared for JSON strings.</summary>
internal sealed class MaskBuilder(Tape tape, VocabularyIndex index)
{
    private const int Levels = 257;

    private readonly List<int> _found = [];
    private readonly List<int> _sensitive = [];
    private readonly Level[] _levels = new Level[Levels];
    private readonly int[] _states = new int[Levels];
    private readonly int[] _counts = new int[Levels];
    private bool _fromKey;

    /// <summary>The heads after some bytes of a token, and the tape's tops.</summary>
    private record struct Level(int From, int To, Tape.Mark Mark, int Closed);

    /// <summary>The tokens that a head allows, names already used in its objects not counted.</summary>
    public MaskEntry Build(in Head head)
    {
        Tape.Mark before = tape.Now();
        (tape.Base, tape.LowestReturn, tape.DeepestNeed) = (before, int.MaxValue, 0);
        (tape.IgnoreExtras, tape.ExtrasClosed) = (true, 0);
        _found.Clear();
        _sensitive.Clear();
        _fromKey = head.Node is KeyNode;
        int depth = tape.FrameAt(head.Frame).Depth;
        ulong[]? slice = Tokens(tape.Push(head));
        tape.Restore(before);
        tape.IgnoreExtras = false;
        (tape.Base, int lowest) = (default, tape.LowestReturn);
        int[] tokens = [.. _found];
        if (slice is null && tokens.Length > index.Words / 2)
        {
            slice = new ulong[index.Words];
            foreach (int token in tokens)
                slice[token / 64] |= 1UL << (token % 64);
            tokens = [];
        }
        return new MaskEntry
        {
            Base = slice,
            Tokens = tokens,
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
            case StringNode { IsRaw: false } s when s.Machine.Lexer.IsAny && s.Machine.Lexer.IsBetween(head.A):
                return InString(s.Machine.Language, head.B, at);
            case KeyNode { Owner.Extras.Machine: { Language.IsAll: true } extras } when head.B >= 0 && extras.Lexer.IsBetween(head.B):
                return InKey(at);
            case MarkerNode marker:
                return InFreeText(marker, at);
            case StringNode s:
                _states[0] = head.A;
                _counts[0] = head.B;
                WalkText(s.Machine, s.IsRaw, at, 0, index.Trie.Count, 0);
                return null;
            default:
                Walk(index.Trie, new Level(at, at + 1, tape.Now(), 0), 0, index.Trie.Count, Closing.None);
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

    /// <summary>Inside a name that may be any unlisted one: as in a string, but for the listed names, which are walked by themselves.</summary>
    private ulong[] InKey(int at)
    {
        Head head = tape[at];
        ObjectState state = ((KeyNode)head.Node).Owner;
        CloseWith(head with { A = -1 }, new Closing(0, int.MaxValue, true));
        if (head.A < 0)
            return index.InsideCanonical;
        var listed = new HashSet<int>();
        ListedEnds(state.Shape.Trie, head.A, -1, listed);
        if (listed.Count > 0)
        {
            _found.RemoveAll(listed.Contains);
            _sensitive.RemoveAll(listed.Contains);
        }
        int only = tape.Push(head with { B = -1 });
        var named = new HashSet<int>(_found);
        int before = _found.Count;
        Walk(index.Trie, new Level(only, only + 1, tape.Now(), 0), 0, index.Trie.Count, Closing.None);
        ulong[] inside = index.InsideCanonical;
        int kept = before;
        for (int i = before; i < _found.Count; i++)
            if ((inside[_found[i] / 64] >> (_found[i] % 64) & 1) == 0 && named.Add(_found[i]))
                _found[kept++] = _found[i];
        _found.RemoveRange(kept, _found.Count - kept);
        return inside;
    }

    /// <summary>The tokens that end a listed name and go on after the quote.</summary>
    private void ListedEnds(KeyTrie names, int name, int node, HashSet<int> into)
    {
        TokenTrie trie = index.Trie;
        int end = node < 0 ? trie.Count : trie.Skip[node];
        for (int child = node + 1; child < end; child = trie.Skip[child])
        {
            byte b = trie.Bytes[child];
            if (b == '"' && names.NameAt(name) >= 0)
            {
                var ids = new List<int>();
                for (int n = child; n < trie.Skip[child]; n++)
                    trie.AddEntries(n, ids);
                into.UnionWith(ids);
            }
            else if (names.Step(name, b) is >= 0 and int next)
            {
                ListedEnds(names, next, child, into);
            }
        }
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
        int from = tape.Push(head), to = tape.HeadTop;
        tape.Write(tape.TextLength, (byte)'x'); // stands for the characters before the quote
        if (closing.Most >= 0 && tape.Step(from, to, (byte)'"'))
        {
            if (index.EmptySuffix >= 0)
                AddClosing(index.EmptySuffix, closing);
            Walk(index.Suffixes, new Level(to, tape.HeadTop, tape.Now(), tape.ExtrasClosed), 0, index.Suffixes.Count, closing);
        }
        tape.Restore(mark);
        tape.ExtrasClosed = 0;
    }

    private void AddClosing(int suffix, Closing closing)
    {
        foreach ((int token, int characters, bool canonical) in index.Closing[suffix])
            if (characters >= closing.Least && characters <= closing.Most && (canonical || !closing.Canonical))
                Found(token);
    }

    private void Found(int token)
    {
        _found.Add(token);
        if (tape.ExtrasClosed == 2 || (tape.ExtrasClosed == 1 && !_fromKey))
            _sensitive.Add(token);
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
            _levels[depth + 1] = new Level(from, to, tape.Now(), tape.ExtrasClosed);
            node++;
        }
    }

    /// <summary>The subtree below a node whose only head is inside a text, if so.</summary>
    private bool WalkInside(int node, int at)
    {
        ref Head head = ref tape[at];
        TokenTrie trie = index.Trie;
        int depth = trie.Depth[node] + 1;
        if (head.Node is StringNode s)
        {
            (_states[depth], _counts[depth]) = (head.A, head.B);
            WalkText(s.Machine, s.IsRaw, at, node + 1, trie.Skip[node], depth);
            return true;
        }
        if (head.Node is KeyNode key && head.A < 0)
        {
            (_states[depth], _counts[depth]) = (head.B, head.C);
            WalkText(key.Owner.Extras!.Machine, false, at, node + 1, trie.Skip[node], depth);
            return true;
        }
        return false;
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

    /// <summary>Nodes that lead on within a text: by the machine's table alone, except after a closing quote.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WalkText(StringMachine machine, bool raw, int at, int node, int end, int first)
    {
        TokenTrie trie = index.Trie;
        StringLexer lexer = machine.Lexer;
        byte[] bytes = trie.Bytes, depths = trie.Depth;
        int[] skip = trie.Skip, firsts = trie.First;
        int[] states = _states;
        Tape.Mark mark = tape.Now();
        int closed = tape.ExtrasClosed;
        bool sensitive = closed == 2 || (closed == 1 && !_fromKey), counts = machine.Counts;
        while (node < end)
        {
            int depth = depths[node], state = states[depth];
            byte b = bytes[node];
            if (b == '"' && !raw && lexer.IsBetween(state))
            {
                if (machine.Accepts(state, _counts[depth]))
                    Close(node, at, state, first, mark, closed);
                node = skip[node];
                continue;
            }
            int count = _counts[depth];
            bool lives = counts ? machine.Step(ref state, ref count, b) : (state = lexer.Step(state, b)) >= 0;
            if (!lives)
            {
                node = skip[node];
                continue;
            }
            if (firsts[node] >= 0)
            {
                int before = _found.Count;
                trie.AddEntries(node, _found);
                for (int i = before; sensitive && i < _found.Count; i++)
                    _sensitive.Add(_found[i]);
            }
            states[depth + 1] = state;
            _counts[depth + 1] = count;
            node++;
        }
        tape.Restore(mark);
        tape.ExtrasClosed = closed;
    }

    /// <summary>A closing quote at a node, and the subtree below it.</summary>
    private void Close(int node, int at, int state, int first, Tape.Mark mark, int closed)
    {
        TokenTrie trie = index.Trie;
        tape.Restore(mark);
        tape.ExtrasClosed = closed;
        int depth = trie.Depth[node];
        ReadOnlySpan<byte> path = trie.Path(node)[first..];
        foreach (byte b in path)
            tape.Write(tape.TextLength, b);
        Head head = tape[at];
        if (head.Node is KeyNode)
            (head.B, head.C) = (state, _counts[depth]);
        else
            (head.A, head.B) = (state, _counts[depth]);
        int from = tape.Push(head), to = tape.HeadTop;
        if (!tape.Step(from, to, (byte)'"'))
            return;
        if (trie.First[node] >= 0)
            Take(trie, node, Closing.None);
        int[] states = [.. _states.AsSpan(0, depth + 1)]; // the subtree's own walk may use the levels above
        int[] counted = [.. _counts.AsSpan(0, depth + 1)];
        Walk(trie, new Level(to, tape.HeadTop, tape.Now(), tape.ExtrasClosed), node + 1, trie.Skip[node], Closing.None);
        states.CopyTo(_states, 0);
        counted.CopyTo(_counts, 0);
    }
}
