using System.Globalization;

namespace LlamaSpan;

/// <summary>Parses an ECMA-262 pattern (flag u, with Annex B's leniency for needless escapes).</summary>
internal ref struct RegexParser
{
    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _depth;

    private RegexParser(string pattern) => _text = pattern;

    /// <exception cref="FormatException">The pattern is malformed or uses what no finite automaton can do; the message says which.</exception>
    public static RegexNode Parse(string pattern)
    {
        var parser = new RegexParser(pattern);
        RegexNode node = parser.Alternation();
        if (parser._at < pattern.Length)
            throw new FormatException($"unmatched ')' at {parser._at}");
        return node;
    }

    private bool More => _at < _text.Length;

    private RegexNode Alternation()
    {
        if (++_depth > 200)
            throw new FormatException("groups nest deeper than 200");
        var choices = new List<RegexNode> { Sequence() };
        while (More && _text[_at] == '|')
        {
            _at++;
            choices.Add(Sequence());
        }
        _depth--;
        return choices.Count == 1 ? choices[0] : new RegexNode.Alternate([.. choices]);
    }

    private RegexNode Sequence()
    {
        var parts = new List<RegexNode>();
        while (More && _text[_at] is not ('|' or ')'))
        {
            RegexNode atom = Atom();
            parts.Add(Quantified(atom));
        }
        return parts.Count == 1 ? parts[0] : new RegexNode.Concat([.. parts]);
    }

    private RegexNode Quantified(RegexNode atom)
    {
        if (!More)
            return atom;
        (int min, int max) = _text[_at] switch { '*' => (0, -1), '+' => (1, -1), '?' => (0, 1), _ => (-2, 0) };
        if (min >= 0)
            _at++;
        else if (_text[_at] != '{' || !Braces(out min, out max))
            return atom;
        if (atom is RegexNode.Begin or RegexNode.End or RegexNode.Boundary or RegexNode.Ahead)
            throw new FormatException($"a quantifier after an assertion at {_at}");
        if (max >= 0 && max < min)
            throw new FormatException($"quantifier {{{min},{max}}} is out of order");
        if (More && _text[_at] == '?')
            _at++; // lazy or greedy: the same language
        if (More && (_text[_at] is '*' or '+' or '?' || (_text[_at] == '{' && Braces(out _, out _))))
            throw new FormatException($"nothing to repeat at {_at}");
        return new RegexNode.Repeat(atom, min, max);
    }

    private bool Braces(out int min, out int max)
    {
        int start = _at;
        (min, max) = (0, -1);
        int at = _at + 1;
        if (!Number(ref at, out min))
            return false;
        max = min;
        if (at < _text.Length && _text[at] == ',')
        {
            at++;
            max = -1;
            if (at < _text.Length && _text[at] != '}' && !Number(ref at, out max))
                return false;
        }
        if (at >= _text.Length || _text[at] != '}')
            return false;
        _at = at + 1;
        return _at > start;
    }

    private readonly bool Number(ref int at, out int value)
    {
        int start = at;
        while (at < _text.Length && char.IsAsciiDigit(_text[at]))
            at++;
        value = 0;
        if (at == start)
            return false;
        if (!int.TryParse(_text[start..at], NumberStyles.None, CultureInfo.InvariantCulture, out value) || value > 100_000)
            throw new FormatException("a repetition count over 100000");
        return true;
    }

    private RegexNode Atom()
    {
        char c = _text[_at];
        switch (c)
        {
            case '^': _at++; return new RegexNode.Begin();
            case '$': _at++; return new RegexNode.End();
            case '.': _at++; return new RegexNode.Set(CharSet.Dot);
            case '(': return Group();
            case '[': return new RegexNode.Set(Class());
            case '*' or '+' or '?': throw new FormatException($"nothing to repeat at {_at}");
            case '\\': return Escape();
        }
        return new RegexNode.Set(CharSet.Single(Literal()));
    }

    private int Literal()
    {
        char c = _text[_at++];
        if (char.IsHighSurrogate(c) && More && char.IsLowSurrogate(_text[_at]))
            return char.ConvertToUtf32(c, _text[_at++]);
        return c;
    }

    private RegexNode Group()
    {
        int open = _at++;
        bool ahead = false, negative = false;
        if (More && _text[_at] == '?')
        {
            ReadOnlySpan<char> rest = _text[(_at + 1)..];
            if (rest.StartsWith(":"))
                _at += 2;
            else if (rest.StartsWith("=") || rest.StartsWith("!"))
                (ahead, negative, _at) = (true, rest[0] == '!', _at + 2);
            else if (rest.StartsWith("<=") || rest.StartsWith("<!"))
                throw new FormatException("lookbehind");
            else if (rest.StartsWith("<") && rest.IndexOf('>') is > 1 and int close)
                _at += close + 2;
            else
                throw new FormatException($"an unknown group at {open}");
        }
        RegexNode inner = Alternation();
        if (!More)
            throw new FormatException($"unclosed group at {open}");
        _at++;
        return ahead ? new RegexNode.Ahead(inner, negative)
            : inner is RegexNode.Begin or RegexNode.End or RegexNode.Boundary ? new RegexNode.Concat([inner]) // may be repeated, as it may not alone
            : inner;
    }

    private RegexNode Escape()
    {
        if (_at + 1 >= _text.Length)
            throw new FormatException("a backslash at the end");
        switch (_text[_at + 1])
        {
            case 'b' or 'B':
                _at += 2;
                return new RegexNode.Boundary(Negative: _text[_at - 1] == 'B');
            case >= '1' and <= '9': throw new FormatException("a backreference");
            case 'k' when _at + 2 < _text.Length && _text[_at + 2] == '<': throw new FormatException("a backreference");
        }
        return new RegexNode.Set(ClassEscape());
    }

    /// <summary>An escape that stands for a set of characters, from its backslash on.</summary>
    private CharSet ClassEscape()
    {
        char c = _text[++_at];
        _at++;
        switch (c)
        {
            case 'd': return CharSet.Digit;
            case 'D': return CharSet.Digit.Complement();
            case 'w': return CharSet.Word;
            case 'W': return CharSet.Word.Complement();
            case 's': return CharSet.Space;
            case 'S': return CharSet.Space.Complement();
            case 'p' or 'P' when More && _text[_at] == '{':
                int close = _text[_at..].IndexOf('}');
                if (close < 0)
                    throw new FormatException("an unclosed \\p{");
                string name = _text[(_at + 1)..(_at + close)].ToString();
                _at += close + 1;
                CharSet set = CharSet.Category(name) ?? throw new FormatException($"the Unicode property '{name}'");
                return c == 'p' ? set : set.Complement();
            default:
                return CharSet.Single(CharacterEscape(c));
        }
    }

    private int CharacterEscape(char c)
    {
        switch (c)
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'v': return '\v';
            case 'f': return '\f';
            case 'r': return '\r';
            case '0': return 0;
            case 'c' when More && char.IsAsciiLetter(_text[_at]): return _text[_at++] & 31;
            case 'x' when Hex(2, out int value): return value;
            case 'u' when More && _text[_at] == '{':
                int close = _text[_at..].IndexOf('}');
                if (close < 2 || !int.TryParse(_text[(_at + 1)..(_at + close)], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int point)
                    || point > CharSet.Last)
                    throw new FormatException("a malformed \\u{...}");
                _at += close + 1;
                return point;
            case 'u' when Hex(4, out int high):
                if (char.IsHighSurrogate((char)high) && _text[_at..].StartsWith("\\u"))
                {
                    int before = _at;
                    _at += 2;
                    if (Hex(4, out int low) && char.IsLowSurrogate((char)low))
                        return char.ConvertToUtf32((char)high, (char)low);
                    _at = before;
                }
                return high;
        }
        _at--;
        return Literal();
    }

    private bool Hex(int digits, out int value)
    {
        value = 0;
        if (_at + digits > _text.Length
            || !int.TryParse(_text.Slice(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
            return false;
        _at += digits;
        return true;
    }

    private CharSet Class()
    {
        int open = _at++;
        bool negated = More && _text[_at] == '^';
        if (negated)
            _at++;
        var ranges = new List<(int, int)>();
        while (true)
        {
            if (!More)
                throw new FormatException($"unclosed character class at {open}");
            if (_text[_at] == ']')
                break;
            CharSet low = ClassAtom();
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']' && IsSingle(low))
            {
                int mark = _at++;
                CharSet high = ClassAtom();
                if (IsSingle(high))
                {
                    if (high.Ranges[0].Low < low.Ranges[0].Low)
                        throw new FormatException($"range out of order at {mark}");
                    ranges.Add((low.Ranges[0].Low, high.Ranges[0].Low));
                    continue;
                }
                ranges.Add(('-', '-'));
                ranges.AddRange(high.Ranges);
            }
            ranges.AddRange(low.Ranges);
        }
        _at++;
        CharSet set = CharSet.Of([.. ranges]);
        return negated ? set.Complement() : set;
    }

    private static bool IsSingle(CharSet set) => set.Ranges.Length == 1 && set.Ranges[0].Low == set.Ranges[0].High;

    private CharSet ClassAtom()
    {
        if (_text[_at] != '\\')
            return CharSet.Single(Literal());
        if (_at + 1 >= _text.Length)
            throw new FormatException("a backslash at the end");
        if (_text[_at + 1] == 'b')
        {
            _at += 2;
            return CharSet.Single('\b');
        }
        return ClassEscape();
    }
}
