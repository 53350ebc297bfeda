namespace LlamaSpan;

/// <summary>Finds the tokens that a reading allows by running it over the vocabulary's trie, or by slices prepared for JSON strings.</summary>
internal sealed class MaskBuilder(Tape tape, VocabularyIndex index)
{
    private readonly List<int> _found = [];
    private readonly List<int> _sensitive = [];
    private readonly int[] _levelFrom = new int[257];
    private readonly int[] _levelTo = new int[257];
    private readonly Tape.Mark[] _levelMark = new Tape.Mark[257];
    private readonly int[] _levelClosed = new int[257];
    private readonly int[] _lexerStates = new int[257];

    /// <summary>The tokens that a head allows, names already used in its objects not counted.</summary>
    public MaskEntry Build(in Head head)
    {
        Tape.Mark before = tape.Now();
        (tape.Base, tape.LowestReturn, tape.DeepestNeed) = (before, int.MaxValue, 0);
        (tape.IgnoreExtras, tape.ExtrasClosed) = (true, 0);
        _found.Clear();
        _sensitive.Clear();
        ulong[]? slice = null;
        int depth = tape.FrameAt(head.Frame).Depth;
        int at = tape.Push(head);
        if (head.Node is StringNode { IsRaw: false } s && s.Machine.Lexer.IsAny && s.Machine.Lexer.IsBetween(head.A))
            slice = BuildString(s.Machine.Language, head.B, at);
        else
            Walk(index.Trie, at, at + 1, isSuffix: false, 0, -1);
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

    /// <summary>Inside a string whose characters are free: what stays inside by a slice, what closes it by what follows the quote.</summary>
    private ulong[] BuildString(StringLanguage language, int count, int at)
    {
        int least = Math.Max(0, language.Min - count), most = language.Max < 0 ? int.MaxValue : language.Max - count;
        Tape.Mark mark = tape.Now();
        Head closing = tape[at];
        closing.B = Math.Max(count, language.Min);
        int from = tape.Push(closing);
        int to = tape.HeadTop;
        if (tape.Step(from, to, (byte)'"'))
        {
            if (index.EmptySuffix >= 0)
                AddClosing(index.EmptySuffix, least, most);
            Walk(index.Suffixes, to, tape.HeadTop, isSuffix: true, least, most);
        }
        tape.Restore(mark);
        return index.Inside(most == int.MaxValue ? -1 : most);
    }

    private void AddClosing(int suffix, int least, int most)
    {
        foreach ((int token, int characters) in index.Closing[suffix])
            if (characters >= least && characters <= most)
            {
                _found.Add(token);
                if (tape.ExtrasClosed == 2)
                    _sensitive.Add(token);
            }
    }

    private void Walk(TokenTrie trie, int from, int to, bool isSuffix, int least, int most)
    {
        (_levelFrom[0], _levelTo[0], _levelMark[0], _levelClosed[0]) = (from, to, tape.Now(), tape.ExtrasClosed);
        byte[] bytes = trie.Bytes;
        for (int node = 0; node < bytes.Length;)
        {
            int depth = trie.Depth[node];
            tape.Restore(_levelMark[depth]);
            tape.ExtrasClosed = _levelClosed[depth];
            int start = tape.HeadTop;
            if (!tape.Step(_levelFrom[depth], _levelTo[depth], bytes[node]))
            {
                node = trie.Skip[node];
                continue;
            }
            int end = tape.HeadTop;
            if (trie.First[node] >= 0)
                Take(trie, node, isSuffix, least, most);
            if (!isSuffix && end == start + 1 && trie.Skip[node] > node + 8 && tape[start].Node is StringNode s && !s.Machine.Counts)
            {
                node = WalkString(trie, node, s, start);
                continue;
            }
            (_levelFrom[depth + 1], _levelTo[depth + 1], _levelMark[depth + 1], _levelClosed[depth + 1]) = (start, end, tape.Now(), tape.ExtrasClosed);
            node++;
        }
    }

    private void Take(TokenTrie trie, int node, bool isSuffix, int least, int most)
    {
        int i = trie.First[node];
        do
        {
            if (isSuffix)
            {
                AddClosing(trie.Ids[i], least, most);
            }
            else
            {
                _found.Add(trie.Ids[i]);
                if (tape.ExtrasClosed == 2 || (tape.ExtrasClosed == 1 && tape[_levelFrom[0]].Node is not KeyNode))
                    _sensitive.Add(trie.Ids[i]);
            }
        }
        while (++i < trie.Ids.Length && trie.Same[i]);
    }

    /// <summary>The subtree below a node that leads into a string: by the lexer's table alone, except after a closing quote.</summary>
    private int WalkString(TokenTrie trie, int top, StringNode s, int at)
    {
        StringLexer lexer = s.Machine.Lexer;
        int first = trie.Depth[top] + 1, end = trie.Skip[top];
        Tape.Mark mark = tape.Now();
        int closed = tape.ExtrasClosed;
        bool raw = s.IsRaw, sensitive = closed == 2 || (closed == 1 && tape[_levelFrom[0]].Node is not KeyNode);
        _lexerStates[first] = tape[at].A;
        for (int node = top + 1; node < end;)
        {
            int depth = trie.Depth[node], state = _lexerStates[depth];
            byte b = trie.Bytes[node];
            if (b == '"' && !raw && lexer.IsBetween(state))
            {
                if (lexer.Accepts(state))
                    CloseString(trie, node, at, state, mark, closed);
                node = trie.Skip[node];
                continue;
            }
            int next = lexer.Step(state, b);
            if (next < 0)
            {
                node = trie.Skip[node];
                continue;
            }
            if (trie.First[node] >= 0)
            {
                int before = _found.Count;
                trie.AddEntries(node, _found);
                for (int i = before; sensitive && i < _found.Count; i++)
                    _sensitive.Add(_found[i]);
            }
            _lexerStates[depth + 1] = next;
            node++;
        }
        return end;
    }

    private void CloseString(TokenTrie trie, int node, int at, int state, Tape.Mark mark, int closed)
    {
        // what follows the quote: an ordinary walk of the subtree, with its levels above those in use
        tape.Restore(mark);
        tape.ExtrasClosed = closed;
        Head head = tape[at];
        head.A = state;
        int from = tape.Push(head);
        int to = tape.HeadTop;
        if (!tape.Step(from, to, (byte)'"'))
            return;
        if (trie.First[node] >= 0)
            Take(trie, node, false, 0, -1);
        int level = trie.Depth[node] + 1, end = trie.Skip[node];
        (_levelFrom[level], _levelTo[level], _levelMark[level], _levelClosed[level]) = (to, tape.HeadTop, tape.Now(), tape.ExtrasClosed);
        for (int n = node + 1; n < end;)
        {
            int depth = trie.Depth[n];
            tape.Restore(_levelMark[depth]);
            tape.ExtrasClosed = _levelClosed[depth];
            int start = tape.HeadTop;
            if (!tape.Step(_levelFrom[depth], _levelTo[depth], trie.Bytes[n]))
            {
                n = trie.Skip[n];
                continue;
            }
            if (trie.First[n] >= 0)
                Take(trie, n, false, 0, -1);
            (_levelFrom[depth + 1], _levelTo[depth + 1], _levelMark[depth + 1], _levelClosed[depth + 1]) = (start, tape.HeadTop, tape.Now(), tape.ExtrasClosed);
            n++;
        }
    }
}
