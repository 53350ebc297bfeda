using System.Buffers;
using static LlamaSpan.NearJsonCharacters;

namespace LlamaSpan;

internal ref partial struct NearJsonParser
{
    private static readonly SearchValues<byte> _wordEnds = SearchValues.Create(",;:={}[]()\"\n"u8);

    /// <summary>Reads a value: opens a container, or adds a scalar. If there is none, passes over one character.</summary>
    private void ReadValue(bool inArray)
    {
        byte c = _text[_at];
        if (c is (byte)'{' or (byte)'[' or (byte)'(')
        {
            if (c == '(')
                Note(NearJsonChanges.Brackets);
            _at++;
            Open(c);
            return;
        }
        int prefix = c is (byte)'u' or (byte)'b' or (byte)'r' or (byte)'f' or (byte)'U' && _at + 1 < _text.Length && _text[_at + 1] is (byte)'"' or (byte)'\'' ? 1 : 0;
        NearJsonPlace place = _frames.Count == 0 ? NearJsonPlace.Alone : inArray ? NearJsonPlace.Element : NearJsonPlace.Member;
        if (prefix == 1 || IsQuote())
        {
            _at += prefix;
            ReadString(place);
        }
        else if (!ReadBare(place))
        {
            Note(NearJsonChanges.Surroundings);
            _at++;
        }
    }

    /// <summary>Reads a name without quotes, up to its colon; words that no colon follows are noise.</summary>
    private void ReadBareName(bool gap)
    {
        bool afterComma = Top.Expect == NearJsonExpect.Name;
        int length = Rest.IndexOfAny(_wordEnds);
        int end = length < 0 ? _text.Length : _at + length;
        ReadOnlySpan<byte> name = _text[_at..end].TrimEnd(" \t\r"u8);
        bool isName = end < _text.Length
            && ((ColonLength(_text[end..]) > 0 && !_text[end..].StartsWith("://"u8))
                || (afterComma && _text[end] == '"' && !name.ContainsAny(" \t\r"u8) && !NameAhead(end)));
        if (gap && !(isName && afterComma))
        {
            Note(NearJsonChanges.Surroundings);
            CloseAll();
            return;
        }
        _at = end;
        if (!isName)
        {
            Note(NearJsonChanges.Surroundings);
            return;
        }
        Note(afterComma ? NearJsonChanges.Names : NearJsonChanges.Names | NearJsonChanges.Commas);
        int start = _tape.TextLength;
        AppendUtf8(name);
        _tape.AddText(NearJsonKind.Name, start);
        (Top.NoColon, Top.Expect) = (false, NearJsonExpect.Colon);
    }

    /// <summary>Reads a number, a word or a text without quotes.</summary>
    /// <returns>False if nothing of the kind stands here.</returns>
    private bool ReadBare(NearJsonPlace place)
    {
        ReadOnlySpan<byte> first = WordAt(_at);
        ReadOnlySpan<byte> run = _text.Slice(_at, BareLength(place, first)).TrimEnd(" \t\r"u8);
        if (run.IsEmpty)
            return false;
        if (ReadCall(run))
            return true;
        bool ended = _at + run.Length >= _text.Length;
        _at += run.Length;
        if (LiteralOf(run) is NearJsonKind literal)
        {
            if (!(run.SequenceEqual("true"u8) || run.SequenceEqual("false"u8) || run.SequenceEqual("null"u8)))
                Note(NearJsonChanges.Words);
            _tape.Add(literal);
        }
        else if (ended && place != NearJsonPlace.Alone && PrefixedLiteral(run) is NearJsonKind begun)
        {
            Note(NearJsonChanges.Truncation);
            _tape.Add(begun);
        }
        else if (NearJsonNumber.IsNumber(run))
            AddRun(NearJsonKind.Number, run);
        else if (ended && NearJsonNumber.IsNumber(run.TrimEnd("+-.eE"u8)))
        {
            Note(NearJsonChanges.Truncation);
            AddRun(NearJsonKind.Number, run.TrimEnd("+-.eE"u8));
        }
        else if (run is [(byte)'-' or (byte)'+' or (byte)'.'])
        {
            Note(NearJsonChanges.Numbers);
            _tape.Add(NearJsonKind.Missing);
        }
        else
        {
            Note(NearJsonChanges.Words);
            AddRun(NearJsonKind.String, run);
        }
        return true;
    }

    private readonly void AddRun(NearJsonKind kind, ReadOnlySpan<byte> run)
    {
        int start = _tape.TextLength;
        AppendUtf8(run);
        _tape.AddText(kind, start);
        if (kind == NearJsonKind.Number && !NearJsonNumber.IsJson(run))
            Note(NearJsonChanges.Numbers);
    }

    /// <summary>ObjectId("x"), ISODate("x"), str('x'): the string is the value.</summary>
    private bool ReadCall(ReadOnlySpan<byte> run)
    {
        int bracket = _at + run.Length;
        if (bracket >= _text.Length || _text[bracket] != '(' || !IsWordStart(run[0]))
            return false;
        int argument = AfterBlanks(bracket + 1);
        if (argument >= _text.Length || QuoteLength(_text[argument..], out _) == 0)
            return false;
        Note(NearJsonChanges.Words);
        _at = argument;
        ReadString(NearJsonPlace.Element);
        int closing = AfterBlanks(_at);
        _at = closing < _text.Length && _text[closing] == ')' ? closing + 1 : _at;
        return true;
    }

    /// <summary>How far a value without quotes reaches.</summary>
    private readonly int BareLength(NearJsonPlace place, ReadOnlySpan<byte> first)
    {
        int length = 0, wordStart = 0;
        while (_at + length < _text.Length)
        {
            ReadOnlySpan<byte> rest = Rest[length..];
            byte c = rest[0];
            bool afterBlank = length > 0 && Rest[length - 1] is (byte)' ' or (byte)'\t';
            if (afterBlank)
                wordStart = length;
            if (c is (byte)'}' or (byte)']' or (byte)'{' or (byte)'[' or (byte)'\n' or (byte)'(' or (byte)')' && place != NearJsonPlace.Alone)
                break;
            if (EndsBare(place, length, afterBlank, first))
                break;
            if (c == '\\' && rest is [_, (byte)'n' or (byte)'r' or (byte)'t', ..])
                break;
            if (CommaLength(rest) > 0 && place != NearJsonPlace.Alone && !SplitsThousands(place, length))
                break;
            if (c == ':' && place == NearJsonPlace.Member && wordStart > 0 && rest.Length > 1 && (BlankLength(rest[1..]) > 0 || QuoteLength(rest[1..], out _) > 0))
                return wordStart;   // the word before the colon is the next name
            if (c == ':' && place == NearJsonPlace.Element && length > 0)
                break;
            length++;
        }
        return length;
    }

    /// <summary>Whether a comment, a string or another value begins within a text without quotes.</summary>
    private readonly bool EndsBare(NearJsonPlace place, int length, bool afterBlank, ReadOnlySpan<byte> first)
    {
        ReadOnlySpan<byte> rest = Rest[length..];
        if (!afterBlank)
            return rest is [(byte)'/', (byte)'*', ..] || (length == first.Length && StartsComment(rest) && IsScalar(first));
        return StartsComment(rest) || QuoteLength(rest, out _) > 0
            || (length > first.Length && IsScalar(first)
                && (NameAhead(_at + length) || (place == NearJsonPlace.Element && IsScalar(WordAt(_at + length)))));
    }

    /// <summary>1,000 as a member's value: the comma belongs to the number, as no name follows it.</summary>
    private readonly bool SplitsThousands(NearJsonPlace place, int length)
    {
        ReadOnlySpan<byte> after = Rest[length..];
        return place == NearJsonPlace.Member && length is > 0 and < 32 && Rest[..length].IndexOfAnyExcept(_thousands) < 0
            && after.Length > 3 && IsDigit(after[1]) && IsDigit(after[2]) && IsDigit(after[3])
            && (after.Length == 4 || after[4] is (byte)',' or (byte)'}' or (byte)'.' or (byte)' ' or (byte)'\n' or (byte)'\r');
    }

    private static readonly SearchValues<byte> _thousands = SearchValues.Create("0123456789,-+"u8);

    private readonly ReadOnlySpan<byte> WordAt(int i)
    {
        int end = i;
        while (end < _text.Length && end - i < LookAhead && (IsWord(_text[end]) || _text[end] is (byte)'.' or (byte)'+'))
            end++;
        return _text[i..end];
    }

    private static bool IsScalar(ReadOnlySpan<byte> word) => LiteralOf(word) is not null || NearJsonNumber.IsNumber(word);

    /// <summary>What a bare word stands for in JSON, Python or JavaScript; null if it is no such word.</summary>
    private static NearJsonKind? LiteralOf(ReadOnlySpan<byte> word) => word switch
    {
        _ when word.SequenceEqual("true"u8) || word.SequenceEqual("True"u8) || word.SequenceEqual("TRUE"u8) => NearJsonKind.True,
        _ when word.SequenceEqual("false"u8) || word.SequenceEqual("False"u8) || word.SequenceEqual("FALSE"u8) => NearJsonKind.False,
        _ when word.SequenceEqual("null"u8) || word.SequenceEqual("None"u8) || word.SequenceEqual("NULL"u8) || word.SequenceEqual("Null"u8)
            || word.SequenceEqual("nil"u8) || word.SequenceEqual("undefined"u8) => NearJsonKind.Null,
        _ when word.SequenceEqual("NaN"u8) || word.SequenceEqual("nan"u8) || word.SequenceEqual("Infinity"u8) || word.SequenceEqual("-Infinity"u8)
            || word.SequenceEqual("+Infinity"u8) || word.SequenceEqual("inf"u8) || word.SequenceEqual("-inf"u8) => NearJsonKind.Missing,
        _ => null,
    };

    /// <summary>What a word that the text's end cut short would have become.</summary>
    private static NearJsonKind? PrefixedLiteral(ReadOnlySpan<byte> word) =>
        "true"u8.StartsWith(word) || (word.Length > 1 && "True"u8.StartsWith(word)) ? NearJsonKind.True
        : "false"u8.StartsWith(word) || (word.Length > 1 && "False"u8.StartsWith(word)) ? NearJsonKind.False
        : "null"u8.StartsWith(word) || (word.Length > 1 && "None"u8.StartsWith(word)) ? NearJsonKind.Null
        : null;
}
