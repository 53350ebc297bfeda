using System.Globalization;

namespace LlamaSpan;

/// <summary>
/// Refuses the repetitions of a GBNF grammar on which llama.cpp runs out of memory or time: more at least than at most, long literals
/// written out thousands of times, many repetitions in a row. All else is the parser's to judge; repetitions that nest in parentheses or
/// through rules are often meant, so that they may still make it slow.
/// </summary>
internal ref struct GbnfRepetitions(ReadOnlySpan<char> grammar)
{
    private const long MostElements = 1 << 22;
    private const int MostInARow = 3;      // each doubles the ways to read what is repeated

    private readonly ReadOnlySpan<char> _grammar = grammar;
    private int _at;
    private long _elements;

    /// <summary>Checks a whole grammar.</summary>
    /// <exception cref="GbnfException">A repetition is out of bounds; the message says where.</exception>
    public static void Check(string grammar) => new GbnfRepetitions(grammar).Run();

    private void Run()
    {
        int symbol = 0;      // where the symbol began that a repetition would repeat
        int inARow = 0;
        while (_at < _grammar.Length)
        {
            char c = _grammar[_at];
            if (char.IsWhiteSpace(c))
            {
                _at++;
            }
            else if (c == '#')
            {
                int line = _grammar[_at..].IndexOfAny('\r', '\n');
                _at = line < 0 ? _grammar.Length : _at + line;
            }
            else if (c is '{' or '*' or '+' or '?')
            {
                if (++inARow > MostInARow)
                    throw new GbnfException($"The repetition at character {_at} follows {MostInARow} others; no more may repeat one symbol.");
                if (c == '{')
                    Repetition(_at - symbol);
                else
                    _at++;
            }
            else
            {
                (symbol, inARow) = (_at++, 0);
                if (c is '"' or '[' or '<')
                    SkipTo(c switch { '"' => '"', '[' => ']', _ => '>' });
            }
        }
    }

    private void SkipTo(char end)
    {
        while (_at < _grammar.Length && _grammar[_at] != end)
            _at += _grammar[_at] == '\\' && end is '"' or ']' ? 2 : 1;
        _at++;
    }

    private void Repetition(int symbolLength)
    {
        int start = _at++;
        int end = _grammar[start..].IndexOf('}');
        ReadOnlySpan<char> bounds = end < 0 ? _grammar[_at..] : _grammar[_at..(start + end)];
        _at = end < 0 ? _grammar.Length : start + end + 1;
        int comma = bounds.IndexOf(',');
        ulong least = Bound(comma < 0 ? bounds : bounds[..comma], start, 0);
        ulong most = comma < 0 ? least : Bound(bounds[(comma + 1)..], start, ulong.MaxValue);
        if (least > most)
            throw new GbnfException($"The repetition at character {start} is at least {least} but at most {most} times.");
        _elements += symbolLength * (long)Math.Max(Math.Min(least, 2000), most > 2000 ? 0 : most);
        if (_elements > MostElements)
            throw new GbnfException($"Up to the repetition at character {start}, repetitions write out {_elements} elements; at most {MostElements} may be.");
    }

    private static ulong Bound(ReadOnlySpan<char> digits, int start, ulong missing)
    {
        digits = digits.Trim();
        if (digits.IsEmpty)
            return missing;
        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong bound)
            ? bound
            : throw new GbnfException($"A bound of the repetition at character {start} is not a number.");
    }
}
