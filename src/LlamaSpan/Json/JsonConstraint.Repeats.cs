namespace LlamaSpan;

/// <content>Tokens that would repeat what must not come twice: names of unlisted properties, items of arrays that must differ.</content>
public sealed partial class JsonConstraint
{
    private readonly List<(int From, int To)> _followed = []; // how scalars of items before go on from one that is read
    private ulong[]? _allowed;

    /// <summary>Adds a head's tokens but those that would repeat a property's name, or an item.</summary>
    private void AddExcluding(int at, MaskEntry entry, ref bool filled)
    {
        Head head = _tape[at];
        List<int> repeats = _repeats;
        repeats.Clear();
        foreach (int token in entry.Sensitive)
            if (!ReadAlone(at, token))
                repeats.Add(token);
        if (head.Node is KeyNode key)
        {
            Repeats(head, repeats);
            if (head.B >= 0 && key.Owner.Extras is { Machine.MayRunOut: true })
                UsedUp(at, repeats);
        }
        if (_tape.IsInDistinctScalar(head))
            UsedItems(at, entry, repeats);
        if (_were.Length < repeats.Count)
            _were = new bool[repeats.Count * 2];
        bool[] were = _were;
        for (int i = 0; i < repeats.Count; i++)
            were[i] = filled && (_mask[repeats[i] / 64] >> (repeats[i] % 64) & 1) != 0;
        Add(entry, ref filled);
        for (int i = 0; i < repeats.Count; i++)
            if (!were[i])
                _mask[repeats[i] / 64] &= ~(1UL << (repeats[i] % 64));
    }

    /// <summary>The tokens that would lead to where every name was used before: such a place lies on the way to one of those.</summary>
    private void UsedUp(int at, List<int> into)
    {
        Head head = _tape[at];
        int begun = _tape.TextLength - head.D;
        TokenTrie trie = _index.Trie;
        for (int e = head.Extras; e != 0; e = _tape.ExtraAt(e).Before)
        {
            ExtraName extra = _tape.ExtraAt(e);
            if (extra.Length <= begun || !_tape.Text.Slice(extra.Start, extra.Length).StartsWith(_tape.Text[head.D..]))
                continue;
            Tape.Mark mark = _tape.Now();
            (int from, int to, int node) = (at, at + 1, -1);
            for (int i = begun; i < extra.Length; i++)
            {
                byte b = _tape.Text[extra.Start + i];
                if ((node = trie.Child(node, b)) < 0)
                    break;
                int start = _tape.HeadTop;
                bool lives = _tape.Step(from, to, b) && _tape[start].B >= 0;
                (from, to) = (start, _tape.HeadTop);
                if (lives)
                    continue;
                Suspect(at, node, mark, into);
                break;
            }
            _tape.Restore(mark);
        }
    }

    /// <summary>The tokens that would repeat an item, or lead to where all were used before: such a place lies on the way to one of those.</summary>
    private void UsedItems(int at, MaskEntry entry, List<int> into)
    {
        Head head = _tape[at];
        _followed.Clear();
        for (int f = _tape.FrameAt(head.Frame).Around; f != 0; f = _tape.FrameAt(_tape.FrameAt(f).Parent).Around)
            for (int e = _tape.FrameAt(f).Extras; e != 0; e = _tape.ExtraAt(e).Before)
                if (_tape.TryFollow(head, f, e, out int from, out int to) && IsOther(from, to))
                    _followed.Add((from, to));
        if (_followed.Count == 0)
            return;
        bool filled = false;
        _allowed ??= new ulong[_mask.Length];
        Fill(_allowed, entry, ref filled);
        foreach ((int from, int to) in _followed)
            UsedAlong(at, from, to, into);
    }

    /// <summary>Whether no other item goes on like that.</summary>
    private bool IsOther(int from, int to)
    {
        foreach ((int start, int end) in _followed)
            if (_tape.Text[start..end].SequenceEqual(_tape.Text[from..to]))
                return false;
        return true;
    }

    /// <summary>The tokens that are not allowed of those along a scalar of an item before, from within it on.</summary>
    private void UsedAlong(int at, int next, int end, List<int> into)
    {
        TokenTrie trie = _index.Trie;
        Tape.Mark mark = _tape.Now();
        (int from, int to, int node) = (at, at + 1, -1);
        for (; next < end; next++)
        {
            byte b = _tape.Text[next];
            if ((node = trie.Child(node, b)) < 0)
                break;
            int start = _tape.HeadTop;
            bool lives = _tape.Step(from, to, b);
            (from, to) = (start, _tape.HeadTop);
            if (lives && next < end - 1)
                continue;
            Suspect(at, node, mark, into, _allowed); // what goes on behind the scalar may make the item equal, too
            break;
        }
        if (next == end)
            foreach (byte b in ",]} \n\r\t"u8) // a number ends where something else begins
                if (trie.Child(node, b) is >= 0 and int after)
                    Suspect(at, after, mark, into, _allowed);
        _tape.Restore(mark);
    }

    /// <summary>Adds the tokens through a node of the trie that are not allowed after all.</summary>
    private void Suspect(int at, int node, Tape.Mark mark, List<int> into, ReadOnlySpan<ulong> among = default)
    {
        _tape.Restore(mark);
        _suspects.Clear();
        for (int n = node; n < _index.Trie.Skip[node]; n++)
            _index.Trie.AddEntries(n, _suspects);
        foreach (int token in _suspects)
            if ((among.IsEmpty || (among[token / 64] >> (token % 64) & 1) != 0) && !ReadAlone(at, token))
                into.Add(token);
    }

    private bool ReadAlone(int at, int token)
    {
        Tape.Mark mark = _tape.Now();
        (int from, int to) = (at, at + 1);
        bool lives = true;
        foreach (byte b in _table[(LlamaToken)token])
        {
            int start = _tape.HeadTop;
            if (!(lives = _tape.Step(from, to, b)))
                break;
            (from, to) = (start, _tape.HeadTop);
        }
        _tape.Restore(mark);
        return lives;
    }

    /// <summary>The tokens that would complete a name already used, whatever they hold after it.</summary>
    private void Repeats(Head head, List<int> into)
    {
        ReadOnlySpan<byte> begun = _tape.Text[head.D..];
        TokenTrie trie = _index.Trie;
        for (int e = head.Extras; e != 0; e = _tape.ExtraAt(e).Before)
        {
            ExtraName extra = _tape.ExtraAt(e);
            ReadOnlySpan<byte> name = _tape.Text.Slice(extra.Start, extra.Length);
            if (!name.StartsWith(begun))
                continue;
            int node = -1;
            foreach (byte b in name[begun.Length..])
                if ((node = trie.Child(node, b)) < 0)
                    break;
            if (node < 0 && name.Length > begun.Length)
                continue;
            node = trie.Child(node, (byte)'"');
            for (int n = node; node >= 0 && n < trie.Skip[node]; n++)
                trie.AddEntries(n, into);
        }
    }
}
