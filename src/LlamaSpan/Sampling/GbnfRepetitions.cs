using System.Globalization;

namespace LlamaSpan;

/// <summary>
/// Refuses the repetitions of a GBNF grammar on which llama.cpp runs out of memory or time: more at least than at most, long literals
/// written out thousands of times, repetitions of repetitions of repetitions. All else is the parser's to judge.
/// </summary>
internal ref struct GbnfRepetitions(ReadOnlySpan<char> grammar)
{
    private const long MostElements = 1 << 22;
    private const int MostInARow = 3;      // x++++ is read in as many ways as the power of its length

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
            if (c is '{' or '*' or '+' or '?')
                inARow++;
            else if (!char.IsWhiteSpace(c))
                inARow = 0;
            if (inARow > MostInARow)
                throw new GbnfException($"At character {_at} stands the repetition of a repetition for the {inARow - 1}th time; at most {MostInARow} may follow one another.");
            if (c == '{')
            {
                Repetition(_at - symbol);
                continue;
            }
            if (!char.IsWhiteSpace(c))
                symbol = _at;
            _at++;
            if (c == '"')
                SkipTo('"');
            else if (c == '[')
                SkipTo(']');
            else if (c == '<')
                SkipTo('>');
            else if (c == '#')
                SkipTo('\n');
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
