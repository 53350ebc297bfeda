namespace LlamaSpan;

/// <summary>
/// The state of one sequence over one grammar and one vocabulary. Used by one thread at a time; any number may share a grammar. Once its
/// arrays have grown and the grammar's masks are known, it allocates nothing.
/// </summary>
public sealed partial class JsonConstraint : ITextConstraint
{
    private readonly JsonGrammar _grammar;
    private readonly TokenTable _table;
    private readonly VocabularyIndex _index;
    private readonly MaskCache _cache;
    private readonly MaskCache? _groundedCache; // what hangs on the texts that strings must come from
    private readonly ShortTexts _shortTexts;
    private readonly Tape _tape;
    private readonly MaskBuilder _builder;
    private readonly ulong[] _mask;
    private readonly List<int> _repeats = [];
    private readonly List<int> _suspects = [];
    private bool[] _were = new bool[64];
    private Step[] _steps = new Step[64];
    private int _count;
    private MaskEntry? _shown; // what the mask holds, if just that

    internal JsonConstraint(JsonGrammar grammar, TokenTable table, Grounding? grounding = null)
    {
        _groundedCache = grounding?.CacheFor(grammar, table);
        _shortTexts = grounding?.ShortTextsFor(grammar) ?? grammar.ShortTexts;
        (_grammar, _table, _index, _cache) = (grammar, table, VocabularyIndex.Of(table), grammar.CacheFor(table));
        _tape = new Tape(grammar, grounding);
        _builder = new MaskBuilder(_tape, _index);
        _mask = new ulong[_index.Words];
        _steps[0] = new Step(0, 1, _tape.Now(), false);
    }

    private JsonConstraint(JsonConstraint other)
    {
        (_grammar, _table, _index, _cache) = (other._grammar, other._table, other._index, other._cache);
        (_groundedCache, _shortTexts) = (other._groundedCache, other._shortTexts);
        (_tape, _mask, _steps, _count) = (other._tape.Clone(), new ulong[other._mask.Length], [.. other._steps], other._count);
        _builder = new MaskBuilder(_tape, _index);
    }

    /// <summary>The heads after a token, and the tape's tops; an end-of-generation token leaves no head.</summary>
    private readonly record struct Step(int From, int To, Tape.Mark Mark, bool Ended);

    /// <summary>The grammar this is a state of.</summary>
    public JsonGrammar Grammar => _grammar;

    /// <inheritdoc/>
    public int VocabularySize => _table.Count;

    /// <inheritdoc/>
    public bool IsComplete => !Current.Ended && _tape.IsComplete(Current.From, Current.To);

    /// <summary>True once an end-of-generation token was accepted; nothing may follow it.</summary>
    public bool IsEnded => Current.Ended;

    /// <summary>Number of tokens accepted and not taken back.</summary>
    public int AcceptedTokens => _count;

    /// <summary>The text accepted so far, as UTF-8; valid until the next call on this instance.</summary>
    public ReadOnlySpan<byte> Text => _tape.Text;

    /// <summary>The JSON in <see cref="Text"/>: all of it, or the first value where the grammar has it <see cref="JsonGrammar.InText"/>. Valid as long.</summary>
    public ReadOnlySpan<byte> Value =>
        _grammar.Embedding is not { } embedding ? Text : embedding.FindValues(Text) is [var first, ..] ? Text[first] : default;

    private ref Step Current => ref _steps[_count];

    /// <summary>An independent copy of the state.</summary>
    public JsonConstraint Clone() => new(this);

    /// <summary>Back to the beginning.</summary>
    public void Reset() => Rollback(_count);

    /// <inheritdoc/>
    public bool IsAllowed(LlamaToken token)
    {
        CheckToken(token);
        if (Current.Ended)
            return false;
        if (_table.IsEndOfGeneration(token))
            return IsComplete;
        Tape.Mark mark = _tape.Now();
        bool allowed = Read(token, out _);
        _tape.Restore(mark);
        return allowed;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<ulong> AllowedMask()
    {
        (int from, int to) = (Current.From, Current.To);
        bool complete = IsComplete;
        if (!Current.Ended && to == from + 1 && !complete)
        {
            MaskEntry entry = EntryOf(from);
            if (!MayRepeat(from, entry))
                return Show(entry);
        }
        _shown = null;
        bool filled = false;
        for (int i = from; i < to && !Current.Ended; i++)
        {
            if (_tape[i].Node is EndNode)
                continue; // nothing follows
            MaskEntry entry = EntryOf(i);
            if (MayRepeat(i, entry))
                AddExcluding(i, entry, ref filled);
            else
                Add(entry, ref filled);
        }
        if (!filled)
            Array.Clear(_mask);
        if (complete)
            foreach (LlamaToken end in _table.EndOfGeneration.Span)
                _mask[end.Id / 64] |= 1UL << (end.Id % 64);
        return _mask;
    }

    /// <summary>The mask of one entry alone; where the last one shown had the same base only their tokens are exchanged.</summary>
    private ulong[] Show(MaskEntry entry)
    {
        if (entry.Tokens.Length == 0 && entry.Base is not null)
            return entry.Base;
        if (_shown == entry)
            return _mask;
        if (_shown is { } before && before.Base == entry.Base)
        {
            foreach (int token in before.Tokens)
                _mask[token / 64] = entry.Base is null ? 0 : entry.Base[token / 64];
            foreach (int token in entry.Tokens)
                _mask[token / 64] |= 1UL << (token % 64);
        }
        else
        {
            bool filled = false;
            Add(entry, ref filled);
        }
        _shown = entry;
        return _mask;
    }

    /// <inheritdoc/>
    public void Accept(LlamaToken token)
    {
        CheckToken(token);
        Step before = Current;
        if (_count + 1 == _steps.Length)
            Array.Resize(ref _steps, _steps.Length * 2);
        if (!before.Ended && _table.IsEndOfGeneration(token))
        {
            if (!IsComplete)
                throw Refused(token);
            _steps[++_count] = before with { Ended = true };
            return;
        }
        Tape.Mark mark = _tape.Now();
        if (before.Ended || !Read(token, out int from))
        {
            _tape.Restore(mark);
            throw Refused(token);
        }
        _tape.MoveHeads(from, before.Mark.Heads);
        _steps[++_count] = new Step(before.Mark.Heads, _tape.HeadTop, _tape.Now(), false);
    }

    /// <inheritdoc/>
    public void Rollback(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, _count);
        _count -= tokens;
        _tape.Restore(Current.Mark);
    }

    private void CheckToken(LlamaToken token)
    {
        if ((uint)token.Id >= (uint)_table.Count)
            throw new ArgumentOutOfRangeException(nameof(token), token.Id, $"The vocabulary has tokens 0 to {_table.Count - 1}.");
    }

    private ArgumentException Refused(LlamaToken token) => new($"Token {token.Id} is not allowed here.", nameof(token));

    /// <summary>Reads a token's bytes; its heads are the last on the tape, from <paramref name="from"/> on.</summary>
    private bool Read(LlamaToken token, out int from)
    {
        from = Current.From;
        int to = Current.To;
        ReadOnlySpan<byte> bytes = _table[token];
        bool free = _tape[from].Node is MarkerNode;
        if (bytes.Length is 0 or > 250 || !(free ? VocabularyIndex.IsFreeText(_table, token.Id) : VocabularyIndex.IsText(_table, token.Id)))
            return false;
        foreach (byte b in bytes)
        {
            int start = _tape.HeadTop;
            if (!_tape.Step(from, to, b))
                return false;
            (from, to) = (start, _tape.HeadTop);
        }
        return true;
    }

    private MaskEntry EntryOf(int at)
    {
        Head head = _tape[at];
        int b = head.Node switch
        {
            StringNode s => s.Machine.Canonical(head.B, _index.Trie.MaxDepth),
            NumberNode n => n.Machine.Canonical(head.B, _index.LongestDigits),
            _ => head.B,
        };
        MaskEntry? entry = _cache.Find(_tape, head, b) ?? _groundedCache?.Find(_tape, head, b);
        if (entry is not null && _tape.FrameAt(head.Frame).Depth + entry.Rise <= _grammar.Options.MaxDepth)
            return entry;
        bool near = entry is not null;
        head.B = b;
        head.D = 0;
        (_tape.TouchedGrounding, _tape.TouchedValues) = (false, false);
        entry = _builder.Build(head);
        if (!near && !_tape.TouchedValues && _tape.FrameAt(head.Frame).Depth + entry.Rise <= _grammar.Options.MaxDepth)
            (_tape.TouchedGrounding ? _groundedCache! : _cache).Add(_tape, head, b, entry);
        return entry;
    }

    /// <summary>Whether some of a head's tokens might repeat the name of an unlisted property, or an item that must differ.</summary>
    private bool MayRepeat(int at, MaskEntry entry)
    {
        ref Head head = ref _tape[at];
        if (entry.Sensitive.Length == 0 && head.Node is not KeyNode && !_tape.IsInDistinctScalar(head))
            return false;
        if (head.Extras != 0)
            return true;
        for (int f = head.Frame; f > 0; f = _tape.FrameAt(f).Parent)
            if (_tape.FrameAt(f).Extras != 0)
                return true;
        return false;
    }

    private void Add(MaskEntry entry, ref bool filled) => Fill(_mask, entry, ref filled);

    private static void Fill(ulong[] mask, MaskEntry entry, ref bool filled)
    {
        if (!filled)
        {
            if (entry.Base is not null)
                entry.Base.CopyTo(mask, 0);
            else
                Array.Clear(mask);
            filled = true;
        }
        else if (entry.Base is not null)
        {
            for (int w = 0; w < mask.Length; w++)
                mask[w] |= entry.Base[w];
        }
        foreach (int token in entry.Tokens)
            mask[token / 64] |= 1UL << (token % 64);
    }
}
