namespace LlamaSpan;

/// <summary>
/// Turns a pattern's syntax into an automaton for the texts it is found in. Thompson's construction, then subset construction with the
/// assertions <c>^</c> and <c>$</c> decided at the text's ends, <c>\b</c> by the characters on both sides; lookahead is possible where it stands at the text's start, and <c>(?=...)</c>
/// also at the pattern's end.
/// </summary>
internal sealed class RegexAutomaton
{
    private const int MaxNodes = 40_000;
    private const int MaxWork = 8_000_000;

    private enum Edge : byte { Accept, Split, Char, Begin, End, Boundary, NoBoundary }

    private readonly List<(Edge Kind, CharSet? Set, int To, int Or)> _nodes = [(Edge.Accept, null, -1, -1)];
    private readonly List<CharSet> _sets = [];
    private bool _hasBoundaries;
    private int _work;

    private RegexAutomaton()
    {
    }

    /// <param name="node">The pattern.</param>
    /// <param name="whole">True if the pattern must match the whole text, false if it may match anywhere in it.</param>
    /// <exception cref="FormatException">Lookahead elsewhere, or too many states.</exception>
    public static CharDfa Build(RegexNode node, bool whole = false)
    {
        if (node is RegexNode.Alternate { Choices: var choices } && choices.Any(HasAhead))
            return choices.Select(c => Build(c, whole)).Aggregate((a, b) => a.Or(b));
        if (!whole && node is RegexNode.Concat { Parts: [.. var before, RegexNode.Ahead { Negative: false } last] } && before.Length > 0 && !HasAhead(last.Inner))
            node = new RegexNode.Concat([.. before, last.Inner]); // what comes after a match may be anything: it may as well be part of it
        if (!HasAhead(node))
            return new RegexAutomaton().Determinise(node, whole);

        // ^(?!a)(?=b)c: c, and from the same start not a, and b
        RegexNode[] parts = node is RegexNode.Concat { Parts: var list } ? list : [node];
        int at = 0;
        while (at < parts.Length && parts[at] is RegexNode.Begin)
            at++;
        if (at == 0 && !whole)
            throw new FormatException("lookahead not at the text's start");
        CharDfa result = CharDfa.Any;
        for (; at < parts.Length && parts[at] is RegexNode.Ahead ahead; at++)
        {
            CharDfa seen = Build(new RegexNode.Concat([new RegexNode.Begin(), ahead.Inner]));
            result = result.And(ahead.Negative ? seen.Complement() : seen);
        }
        RegexNode rest = new RegexNode.Concat([new RegexNode.Begin(), .. parts[at..]]);
        if (HasAhead(rest))
            throw new FormatException("lookahead not at the text's start");
        return result.And(Build(rest, whole));
    }

    private static bool HasAhead(RegexNode node) => node switch
    {
        RegexNode.Ahead => true,
        RegexNode.Concat c => c.Parts.Any(HasAhead),
        RegexNode.Alternate a => a.Choices.Any(HasAhead),
        RegexNode.Repeat r => HasAhead(r.Inner),
        _ => false,
    };

    private CharDfa Determinise(RegexNode node, bool whole)
    {
        int after = whole ? Add(Edge.End, null, 0, -1) : Loop(0);
        int start = Emit(node, after);
        start = whole ? Add(Edge.Begin, null, start, -1) : Loop(start);
        Alphabet alphabet = Alphabet.Of(_sets);
        var moves = new bool[_nodes.Count][];
        for (int n = 0; n < _nodes.Count; n++)
            if (_nodes[n].Set is { } set)
                moves[n] = [.. alphabet.Sample.Select(set.Contains)];
        var closure = new Closure(this);
        return CharDfa.Explore(
            alphabet,
            new NodeSet(closure.Of([start], begin: true), begin: true, word: false),
            (s, c, out to) =>
            {
                bool word = _hasBoundaries && CharSet.Word.Contains(alphabet.Sample[c]);
                var moved = new List<int>();
                foreach (int n in _hasBoundaries ? closure.Before(s, word) : s.Nodes)
                    if (_nodes[n].Kind == Edge.Char && moves[n][c])
                        moved.Add(_nodes[n].To);
                to = moved.Count == 0 ? s : new NodeSet(closure.Of(moved, begin: false), begin: false, word);
                return moved.Count > 0;
            },
            closure.Accepts);
    }

    /// <summary>Any text, then <paramref name="to"/>.</summary>
    private int Loop(int to)
    {
        int split = Add(Edge.Split, null, -1, to);
        int any = Add(Edge.Char, CharSet.All, split, -1);
        _nodes[split] = (Edge.Split, null, any, to);
        return split;
    }

    private int Add(Edge kind, CharSet? set, int to, int or)
    {
        if (_nodes.Count >= MaxNodes)
            throw new FormatException($"more than {MaxNodes} steps once its repetitions are written out");
        if (set is not null)
            _sets.Add(set);
        _nodes.Add((kind, set, to, or));
        return _nodes.Count - 1;
    }

    /// <summary>Adds nodes that match <paramref name="node"/> and go on at <paramref name="next"/>; gives their entry.</summary>
    private int Emit(RegexNode node, int next)
    {
        Spend(20);
        switch (node)
        {
            case RegexNode.Set s:
                return Add(Edge.Char, s.Chars, next, -1);
            case RegexNode.Begin:
                return Add(Edge.Begin, null, next, -1);
            case RegexNode.End:
                return Add(Edge.End, null, next, -1);
            case RegexNode.Boundary b:
                (_hasBoundaries, int at) = (true, Add(b.Negative ? Edge.NoBoundary : Edge.Boundary, null, next, -1));
                _sets.Add(CharSet.Word); // whether a character is of a word must be told
                return at;
            case RegexNode.Concat c:
                for (int i = c.Parts.Length - 1; i >= 0; i--)
                    next = Emit(c.Parts[i], next);
                return next;
            case RegexNode.Alternate a:
                int entry = Emit(a.Choices[^1], next);
                for (int i = a.Choices.Length - 2; i >= 0; i--)
                    entry = Add(Edge.Split, null, Emit(a.Choices[i], next), entry);
                return entry;
            case RegexNode.Repeat r:
                return EmitRepeat(r, next);
            default:
                throw new FormatException("lookahead not at the text's start");
        }
    }

    private void Spend(int steps)
    {
        if ((_work += steps) > MaxWork)
            throw new FormatException("a pattern whose automaton takes too long to build");
    }

    private int EmitRepeat(RegexNode.Repeat r, int next)
    {
        if (r.Max < 0)
        {
            int split = Add(Edge.Split, null, -1, next);
            _nodes[split] = (Edge.Split, null, Emit(r.Inner, split), next);
            next = split;
        }
        else
        {
            int after = next;
            for (int i = r.Min; i < r.Max; i++)
                next = Add(Edge.Split, null, Emit(r.Inner, next), after);
        }
        for (int i = 0; i < r.Min; i++)
            next = Emit(r.Inner, next);
        return next;
    }

    private sealed class Closure(RegexAutomaton owner)
    {
        private readonly int[] _mark = new int[owner._nodes.Count];
        private readonly Stack<int> _stack = new();
        private int _round;

        public int[] Of(List<int> from, bool begin) => Run(from, begin, end: false, boundary: null);

        /// <summary>The nodes of a set that hold before a character that is, or is not, one of a word.</summary>
        public int[] Before(NodeSet set, bool word) => Run([.. set.Nodes], set.Begin, end: false, boundary: set.Word != word);

        public bool Accepts(NodeSet set) => Run([.. set.Nodes], set.Begin, end: true, boundary: set.Word) is [0, ..];

        /// <param name="from">Where to begin.</param>
        /// <param name="begin">Whether this is the text's start.</param>
        /// <param name="end">Whether this is its end.</param>
        /// <param name="boundary">Whether this is a word's boundary, if that is known.</param>
        private int[] Run(List<int> from, bool begin, bool end, bool? boundary)
        {
            _round++;
            var found = new List<int>();
            foreach (int n in from)
                _stack.Push(n);
            while (_stack.TryPop(out int n))
            {
                if (n < 0 || _mark[n] == _round)
                    continue;
                _mark[n] = _round;
                (Edge kind, _, int to, int or) = owner._nodes[n];
                if (kind == Edge.Split)
                {
                    _stack.Push(to);
                    _stack.Push(or);
                    continue;
                }
                found.Add(n); // assertions stay: $ may hold once the text ends
                if (kind switch { Edge.Begin => begin, Edge.End => end, Edge.Boundary => boundary == true, Edge.NoBoundary => boundary == false, _ => false })
                    _stack.Push(to);
            }
            owner.Spend(4 + found.Count);
            found.Sort();
            return [.. found];
        }
    }

    /// <summary>A sorted set of nodes and what is known of the place, compared by content.</summary>
    private sealed class NodeSet : IEquatable<NodeSet>
    {
        private readonly int _hash;

        public NodeSet(int[] nodes, bool begin, bool word)
        {
            (Nodes, Begin, Word) = (nodes, begin, word);
            HashCode hash = new();
            foreach (int n in nodes)
                hash.Add(n);
            hash.Add(begin);
            hash.Add(word);
            _hash = hash.ToHashCode();
        }

        public int[] Nodes { get; }

        public bool Begin { get; }

        /// <summary>Whether the character before is one of a word; false where no boundary asks.</summary>
        public bool Word { get; }

        public bool Equals(NodeSet? other) => other is not null && _hash == other._hash && Begin == other.Begin && Word == other.Word && Nodes.AsSpan().SequenceEqual(other.Nodes);

        public override bool Equals(object? obj) => Equals(obj as NodeSet);

        public override int GetHashCode() => _hash;
    }
}
