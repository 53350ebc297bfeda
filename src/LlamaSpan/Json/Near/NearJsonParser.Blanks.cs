using static LlamaSpan.NearJsonCharacters;

namespace LlamaSpan;

internal ref partial struct NearJsonParser
{
    private const int LookAhead = 256;

    /// <summary>Passes over white space, comments and escaped line ends.</summary>
    /// <returns>Whether there was an empty line among them.</returns>
    private bool SkipBlanks()
    {
        int lineEnds = 0;
        while (_at < _text.Length)
        {
            int blank = BlankLength(Rest);
            if (blank > 0)
            {
                lineEnds += _text[_at] == '\n' ? 1 : 0;
                _at += blank;
            }
            else if (Rest is [(byte)'\\', (byte)'n' or (byte)'r' or (byte)'t', ..])
            {
                lineEnds += _text[_at + 1] == 'n' ? 1 : 0;
                _at += 2;
                Note(NearJsonChanges.Escapes);
            }
            else if (Rest is [(byte)'\\', ..])
            {
                _at++;
                Note(NearJsonChanges.Escapes);
            }
            else if (StartsComment(Rest))
                SkipComment();
            else
                break;
        }
        return lineEnds > 1;
    }

    private void SkipComment()
    {
        Note(NearJsonChanges.Comments);
        ReadOnlySpan<byte> end = _text[_at] switch { (byte)'<' => "-->"u8, (byte)'/' when _text[_at + 1] == '*' => "*/"u8, _ => "\n"u8 };
        int length = Rest[1..].IndexOf(end);
        if (length >= 0)
            _at += 1 + length + end.Length;
        else
            _at = end.Length == 1 && _frames.Count > 0 ? EndOfCommentInLine() : _text.Length;
    }

    /// <summary>Where a line comment without a line end stops: before the next member or the first closing bracket, if there is one.</summary>
    private readonly int EndOfCommentInLine()
    {
        for (int i = _at + 1; i < _text.Length; i++)
            if (_text[i] is (byte)'}' or (byte)']' || (_text[i] == '"' && NameAhead(i)))
                return i;
        return _text.Length;
    }

    /// <summary>The first position from <paramref name="i"/> that is not white space.</summary>
    private readonly int AfterBlanks(int i)
    {
        while (i < _text.Length && BlankLength(_text[i..]) is > 0 and int blank)
            i += blank;
        return i;
    }

    /// <summary>Whether a name with its colon stands at a position; names longer than a bound are not seen.</summary>
    public readonly bool NameAhead(int i)
    {
        if (i >= _text.Length)
            return false;
        ReadOnlySpan<byte> rest = _text.Slice(i, Math.Min(LookAhead, _text.Length - i));
        int quote = QuoteLength(rest, out bool isDouble);
        int end = quote;
        if (quote > 0)
        {
            int closing = 0;
            while (end < rest.Length && rest[end] != '\n' && ((closing = QuoteLength(rest[end..], out bool other)) == 0 || other != isDouble))
                end += rest[end] == '\\' ? 2 : 1;
            if (end >= rest.Length || closing == 0)
                return false;
            end += closing;
        }
        else
        {
            while (end < rest.Length && IsWord(rest[end]))
                end++;
            if (end == 0)
                return false;
        }
        while (end < rest.Length && BlankLength(rest[end..]) is > 0 and int blank)
            end += blank;
        return end < rest.Length && ColonLength(rest[end..]) > 0 && !(quote == 0 && rest[end..] is [(byte)':', (byte)'/', (byte)'/', ..]);
    }

    private readonly bool IsQuote() => QuoteLength(Rest, out _) > 0;
}
