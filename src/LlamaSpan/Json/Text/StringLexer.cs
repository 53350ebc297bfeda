namespace LlamaSpan;

/// <summary>How a <see cref="StringLexer"/>'s texts are spelled.</summary>
internal enum TextSpelling : byte
{
    /// <summary>A JSON string's inside, any escape that stands for an allowed character.</summary>
    Json,

    /// <summary>A JSON string's inside with each text spelled in one way only, so that equal spelling is equality.</summary>
    Canonical,

    /// <summary>Plain UTF-8, nothing escaped.</summary>
    Raw,
}

/// <summary>
/// Runs a <see cref="CharDfa"/> over the UTF-8 bytes of a JSON string's inside. A state is an automaton state and what stands between
/// two characters (a UTF-8 character or an escape begun): <c>state * Kinds + kind</c>, kind 0 between characters. Every state is live. Rows of
/// the table are made when first needed; racing threads make equal ones.
/// </summary>
internal sealed class StringLexer
{
    public const int Dead = -1;

    // kinds that wait for UTF-8 continuation bytes; their automaton state is the one after the character
    private const int One = 1, Two = 2, AfterE0 = 3, AfterED = 4, Three = 5, AfterF0 = 6, AfterF4 = 7;

    // escapes; their automaton state is the one before the character (canonical \u00xx) or, where all characters are alike, after it
    private const int Backslash = 8, U = 9, U0 = 10, U00 = 11, U000 = 12, U001 = 13;
    private const int FreeU = 14, Hex3 = 15, Hex2 = 16, Hex1 = 17, FreeUD = 18, High2 = 19, High1 = 20, HighEnd = 21, LowU = 22, LowD = 23, LowC = 24;
    private const int FirstNode = 25;

    private const string Short = "\"\\/bfnrt";
    private const string ShortMeaning = "\"\\/\b\f\n\r\t";

    private readonly CharDfa _dfa;
    private readonly TextSpelling _spelling;
    private readonly bool _uniform;
    private readonly List<(int Low, int High, int Left)> _nodes = []; // UTF-8 prefixes whose characters differ; kinds from FirstNode on
    private readonly int[]?[] _rows;
    private readonly int[]?[] _classes; // of each node's characters
    private Lead[]? _leads;             // of the bytes from C2 to F4

    public StringLexer(CharDfa dfa, TextSpelling spelling)
    {
        (_dfa, _spelling, _uniform) = (dfa, spelling, dfa.Alphabet.Count == 1 && spelling == TextSpelling.Json);
        for (int lead = 0xC2; lead <= 0xF4; lead++)
            AddNodes(lead < 0xE0 ? lead & 31 : lead < 0xF0 ? lead & 15 : lead & 7, lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3);
        Kinds = FirstNode + _nodes.Count;
        _rows = new int[]?[dfa.Count * Kinds];
        _classes = new int[]?[_nodes.Count];
    }

    /// <summary>What a UTF-8 prefix stands for: characters of one class, which the kind waits for, or a node's; kind <see cref="Dead"/> for none.</summary>
    private readonly record struct Lead(int Class, int Kind);

    /// <summary>Any text, spelled as JSON.</summary>
    public static StringLexer Any { get; } = new(CharDfa.Any, TextSpelling.Json);

    /// <summary>Any text, spelled canonically.</summary>
    public static StringLexer AnyCanonical { get; } = new(CharDfa.Any, TextSpelling.Canonical);

    /// <summary>Number of kinds of states.</summary>
    public int Kinds { get; }

    public CharDfa Dfa => _dfa;

    public TextSpelling Spelling => _spelling;

    /// <summary>True if every text is accepted.</summary>
    public bool IsAny => _dfa.IsAny;

    /// <summary>True between two characters.</summary>
    public bool IsBetween(int state) => state % Kinds == 0;

    public bool Accepts(int state) => state % Kinds == 0 && _dfa.Accepts[state / Kinds];

    /// <summary>The automaton's state, of a state between characters.</summary>
    public int CharState(int state) => state / Kinds;

    public int Step(int state, byte b) => (_rows[state] ?? MakeRow(state))[b];

    /// <summary>The successors of a state by byte; <see cref="Dead"/> where there is none.</summary>
    public int[] Row(int state) => _rows[state] ?? MakeRow(state);

    private void AddNodes(int prefix, int left)
    {
        (int low, int high) = Range(prefix, left);
        if (low > high || left == 0 || IsSame(low, high) || _nodes.Contains((low, high, left)))
            return;
        _nodes.Add((low, high, left));
        for (int b = 0; b < 64; b++)
            AddNodes((prefix << 6) | b, left - 1);
    }

    private (int Low, int High) Range(int prefix, int left)
    {
        int low = prefix << (6 * left), high = low + (1 << (6 * left)) - 1;
        return (low, Math.Min(high, CharSet.Last));
    }

    private bool IsSame(int low, int high)
    {
        ReadOnlySpan<int> starts = _dfa.Alphabet.Starts;
        int first = starts.BinarySearch(low), last = starts.BinarySearch(high);
        first = first >= 0 ? first : ~first - 1;
        last = last >= 0 ? last : ~last - 1;
        int cls = _dfa.Alphabet.ClassOfInterval(first);
        for (int i = first + 1; i <= last; i++)
            if (_dfa.Alphabet.ClassOfInterval(i) != cls)
                return false;
        return true;
    }

    private int[] MakeRow(int state)
    {
        var row = new int[256];
        Array.Fill(row, Dead);
        int q = state / Kinds, kind = state % Kinds;
        if (kind == 0)
            BetweenRow(row, q);
        else if (kind < Backslash)
            ContinuationRow(row, q, kind);
        else if (kind >= FirstNode)
            NodeRow(row, q, _nodes[kind - FirstNode]);
        else
            EscapeRow(row, q, kind);
        Volatile.Write(ref _rows[state], row);
        return row;
    }

    private void BetweenRow(int[] row, int q)
    {
        for (int b = _spelling == TextSpelling.Raw ? 0 : 0x20; b < 0x80; b++)
            row[b] = After(q, b);
        if (_spelling != TextSpelling.Raw)
        {
            row['"'] = Dead;
            row['\\'] = MeaningOfShort(q).Any(to => to != Dead) || CanSpellControl(q) ? (q * Kinds) + Backslash : Dead;
        }
        _leads ??= [.. Enumerable.Range(0xC2, 0xF4 - 0xC2 + 1).Select(b => b < 0xE0 ? LeadOf(b & 31, 1) : b < 0xF0 ? LeadOf(b & 15, 2) : LeadOf(b & 7, 3))];
        for (int i = 0; i < _leads.Length; i++)
            row[0xC2 + i] = Target(q, _leads[i]);
    }

    private int After(int q, int c)
    {
        int to = _dfa.Next(q, _dfa.Alphabet.ClassOf(c));
        return to == CharDfa.Dead ? Dead : to * Kinds;
    }

    /// <summary>Of a UTF-8 prefix that <paramref name="left"/> more bytes complete.</summary>
    private Lead LeadOf(int prefix, int left)
    {
        (int low, int high) = Range(prefix, left);
        if (low > high)
            return new Lead(0, Dead);
        if (!IsSame(low, high))
            return new Lead(0, FirstNode + _nodes.IndexOf((low, high, left)));
        int kind = left == 1 ? One
            : left == 2 ? (low == 0 ? AfterE0 : low == 0xD000 ? AfterED : Two)
            : low == 0 ? AfterF0 : low == 0x100000 ? AfterF4 : Three;
        return new Lead(_dfa.Alphabet.ClassOf(low), kind);
    }

    private int Target(int q, Lead lead)
    {
        if (lead.Kind >= FirstNode)
            return HasLive(q, lead.Kind - FirstNode) ? (q * Kinds) + lead.Kind : Dead;
        int to = lead.Kind == Dead ? CharDfa.Dead : _dfa.Next(q, lead.Class);
        return to == CharDfa.Dead ? Dead : (to * Kinds) + lead.Kind;
    }

    /// <summary>Whether one of a node's characters leads on.</summary>
    private bool HasLive(int q, int node)
    {
        foreach (int c in _classes[node] ??= ClassesOf(_nodes[node]))
            if (_dfa.Next(q, c) != CharDfa.Dead)
                return true;
        return false;
    }

    /// <summary>The classes of the characters that a prefix and so many more bytes spell; overlong spellings and surrogates do not count.</summary>
    private int[] ClassesOf((int Low, int High, int Left) node)
    {
        (int low, int high, int left) = node;
        if (left == 2 && low == 0)
            low = 0x800;
        else if (left == 3 && low == 0)
            low = 0x10000;
        ReadOnlySpan<int> starts = _dfa.Alphabet.Starts;
        var classes = new HashSet<int>();
        for (int i = 0; i < starts.Length; i++)
        {
            int from = Math.Max(starts[i], low), to = Math.Min(high, i + 1 < starts.Length ? starts[i + 1] - 1 : CharSet.Last);
            if (from <= to && (from < 0xD800 || to > 0xDFFF))
                classes.Add(_dfa.Alphabet.ClassOfInterval(i));
        }
        return [.. classes];
    }

    private void ContinuationRow(int[] row, int q, int kind)
    {
        (int from, int to, int next) = kind switch
        {
            One => (0x80, 0xBF, 0),
            Two => (0x80, 0xBF, One),
            AfterE0 => (0xA0, 0xBF, One),
            AfterED => (0x80, 0x9F, One),
            Three => (0x80, 0xBF, Two),
            AfterF0 => (0x90, 0xBF, Two),
            _ => (0x80, 0x8F, Two),
        };
        row.AsSpan(from, to - from + 1).Fill((q * Kinds) + next);
    }

    private void NodeRow(int[] row, int q, (int Low, int High, int Left) node)
    {
        int prefix = node.Low >> (6 * node.Left);
        for (int b = 0; b < 64; b++)
        {
            // overlong: E0 80..9F and F0 80..8F
            if ((node.Left == 2 && prefix == 0 && b < 0x20) || (node.Left == 3 && prefix == 0 && b < 0x10))
                continue;
            // surrogates: ED A0..BF
            if (node.Left == 2 && prefix == 0xD && b >= 0x20)
                continue;
            int longer = (prefix << 6) | b;
            row[0x80 + b] = node.Left > 1 ? Target(q, LeadOf(longer, node.Left - 1)) : longer is >= 0xD800 and <= 0xDFFF ? Dead : After(q, longer);
        }
    }

    private int[] MeaningOfShort(int q)
    {
        var to = new int[Short.Length];
        for (int i = 0; i < Short.Length; i++)
            to[i] = Short[i] == '/' && _spelling == TextSpelling.Canonical ? Dead : After(q, ShortMeaning[i]);
        return to;
    }

    private bool CanSpellControl(int q)
    {
        if (_uniform)
            return _dfa.Next(q, 0) != CharDfa.Dead;
        for (int c = 0; c < 0x20; c++)
            if (NeedsHex(c) && After(q, c) != Dead)
                return true;
        return false;
    }

    private bool NeedsHex(int c) => _spelling != TextSpelling.Canonical || !ShortMeaning.Contains((char)c);

    private void EscapeRow(int[] row, int q, int kind)
    {
        int same = q * Kinds;
        switch (kind)
        {
            case Backslash:
                int[] to = MeaningOfShort(q);
                for (int i = 0; i < Short.Length; i++)
                    row[Short[i]] = to[i];
                if (CanSpellControl(q))
                    row['u'] = _uniform ? (_dfa.Next(q, 0) * Kinds) + FreeU : same + U;
                break;
            case U: row['0'] = same + U0; break;
            case U0: row['0'] = same + U00; break;
            case U00:
                for (int tens = 0; tens < 2; tens++)
                    for (int c = tens * 16; c < (tens + 1) * 16; c++)
                        if (NeedsHex(c) && After(q, c) != Dead)
                            row['0' + tens] = same + U000 + tens;
                break;
            case U000 or U001:
                for (int digit = 0; digit < 16; digit++)
                    if (NeedsHex((16 * (kind - U000)) + digit))
                        FillHex(row, digit, digit, After(q, (16 * (kind - U000)) + digit));
                break;
            case FreeU:
                FillHex(row, 0, 15, same + Hex3);
                FillHex(row, 13, 13, same + FreeUD);
                break;
            case Hex3 or Hex2 or Hex1:
                FillHex(row, 0, 15, kind == Hex3 ? same + Hex2 : kind == Hex2 ? same + Hex1 : same);
                break;
            case FreeUD:
                FillHex(row, 0, 7, same + Hex2);
                FillHex(row, 8, 11, same + High2);
                break;
            case High2: FillHex(row, 0, 15, same + High1); break;
            case High1: FillHex(row, 0, 15, same + HighEnd); break;
            case HighEnd: row['\\'] = same + LowU; break;
            case LowU: row['u'] = same + LowD; break;
            case LowD: FillHex(row, 13, 13, same + LowC); break;
            case LowC: FillHex(row, 12, 15, same + Hex2); break;
        }
    }

    private void FillHex(int[] row, int from, int to, int next)
    {
        for (int d = from; d <= to; d++)
        {
            row["0123456789abcdef"[d]] = next;
            if (_spelling != TextSpelling.Canonical)
                row["0123456789ABCDEF"[d]] = next;
        }
    }
}
