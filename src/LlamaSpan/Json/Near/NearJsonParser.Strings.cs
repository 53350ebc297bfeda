using System.Buffers;
using System.Globalization;
using System.Text;
using static LlamaSpan.NearJsonCharacters;

namespace LlamaSpan;

internal ref partial struct NearJsonParser
{
    /// <summary>Reads the string whose opening quote stands here.</summary>
    private void ReadString(NearJsonPlace place)
    {
        int start = _tape.TextLength;
        int opening = QuoteLength(Rest, out bool isDouble);
        byte mark = _text[_at];
        if (mark != '"')
            Note(NearJsonChanges.Quotes);
        if (mark is (byte)'"' or (byte)'\'' && Rest.Length > 5 && Rest[1] == mark && Rest[2] == mark)
            ReadTripleQuoted(mark);
        else
        {
            int from = _at += opening;
            int stop = FindEnd(place, mark, isDouble, out int closing);
            AppendDecoded(_text[from..stop]);
            _at = stop + closing;
            if (closing == 0)
                EndUnclosed(start, stop);
        }
        _tape.AddText(place == NearJsonPlace.Name ? NearJsonKind.Name : NearJsonKind.String, start);
    }

    private readonly void EndUnclosed(int start, int stop)
    {
        Note(stop >= _text.Length ? NearJsonChanges.Truncation : NearJsonChanges.Quotes);
        if (stop >= _text.Length)
            return;
        _tape.TrimText(start);   // the string ended with its line; a comma there is the next member's
        if (_tape.TextLength > start && _text[..stop].TrimEnd(" \t\r"u8) is [.., (byte)','])
            _tape.CutText(_tape.TextLength - 1);
    }

    private void ReadTripleQuoted(byte mark)
    {
        Note(NearJsonChanges.Quotes);
        _at += 3;
        int length = Rest.IndexOf([mark, mark, mark]);
        AppendDecoded(length < 0 ? Rest : Rest[..length]);
        _at = length < 0 ? _text.Length : _at + length + 3;
    }

    /// <summary>Finds where a string ends; a quote that what follows speaks against is part of the string.</summary>
    private int FindEnd(NearJsonPlace place, byte mark, bool isDouble, out int closing)
    {
        int doubted = -1, doubtedLength = 0;
        for (int i = _at; i < _text.Length; i++)
        {
            byte b = _text[i];
            if (b == '\\')
                i++;
            else if (b == '\n' && place != NearJsonPlace.Alone)
            {
                int next = AfterBlanks(i + 1);
                if (next < _text.Length && QuoteLength(_text[next..], out _) > 0 && NameAhead(next))
                {
                    closing = 0;
                    return i;
                }
                _backtracking -= doubted >= 0 ? next - 1 - i : 0;
                i = next - 1;
            }
            else if (Closes(i, mark, isDouble) is > 0 and int length)
            {
                if (IsEnd(place, i + length))
                {
                    if (doubted >= 0)
                        Note(NearJsonChanges.Quotes);
                    closing = length;
                    return i;
                }
                if (doubted < 0)
                    (doubted, doubtedLength) = (i, length);
            }
            if (doubted >= 0 && --_backtracking <= 0)
                break;
        }
        // No quote that convinces: the first one it was, or the text broke off.
        closing = doubtedLength;
        return doubted >= 0 ? doubted : _text.Length;
    }

    /// <summary>Length of a quote here that can close a string opened by <paramref name="mark"/>, 0 if there is none.</summary>
    private readonly int Closes(int i, byte mark, bool isDouble)
    {
        if (mark < 0x80)
            return _text[i] == mark ? 1 : 0;
        int length = QuoteLength(_text[i..], out bool other);
        return length > 0 && other == isDouble ? length : 0;
    }

    /// <summary>Whether what stands after a quote lets it be a string's end.</summary>
    private readonly bool IsEnd(NearJsonPlace place, int after)
    {
        int next = AfterBlanks(after);
        if (next >= _text.Length)
            return true;
        ReadOnlySpan<byte> rest = _text[next..];
        byte c = rest[0];
        if (place == NearJsonPlace.Name)
            return next > after || !IsWord(c) || ColonLength(rest) > 0;
        if (c is (byte)'}' or (byte)']' or (byte)')' or (byte)':' || StartsComment(rest) || StartsFence(rest) || place == NearJsonPlace.Alone)
            return true;
        if (c == '\\')
            return rest is [_, (byte)'n' or (byte)'r' or (byte)'t', ..];
        if (c == '+')
            return AfterBlanks(next + 1) is int operand && operand < _text.Length && QuoteLength(_text[operand..], out _) > 0;
        if (CommaLength(rest) is > 0 and int comma)
            return IsEndBeforeComma(place, next + comma);
        if (QuoteLength(rest, out _) > 0)
            return place == NearJsonPlace.Element ? next > after : NameAhead(next);
        return place == NearJsonPlace.Element ? c is (byte)'{' or (byte)'[' : NameAhead(next);
    }

    private readonly bool IsEndBeforeComma(NearJsonPlace place, int afterComma)
    {
        int next = AfterBlanks(afterComma);
        if (next >= _text.Length)
            return true;
        ReadOnlySpan<byte> rest = _text[next..];
        byte c = rest[0];
        if (QuoteLength(rest, out _) > 0 || StartsComment(rest) || StartsFence(rest) || CommaLength(rest) > 0
            || c is (byte)'}' or (byte)']' or (byte)'{' or (byte)'\\' or (byte)'.' || _text[afterComma..next].Contains((byte)'\n'))
            return true;
        if (NameAhead(next))
            return true;
        return place == NearJsonPlace.Element && (c is (byte)'[' or (byte)'-' || IsDigit(c) || LiteralOf(WordAt(next)) is not null);
    }

    /// <summary>"a" + "b": appends the second string to the first.</summary>
    private bool JoinString()
    {
        int operand = AfterBlanks(_at + 1);
        int last = _tape.Count - 1;
        if (operand >= _text.Length || QuoteLength(_text[operand..], out _) == 0 || _tape[last].Kind != NearJsonKind.String)
            return false;
        Note(NearJsonChanges.Quotes);
        int start = _tape[last].Start;
        if (start + _tape[last].Length != _tape.TextLength)
            return false;
        _at = operand;
        ReadString(Top.IsArray ? NearJsonPlace.Element : NearJsonPlace.Member);
        _tape.Cut(last + 1);
        _tape[last].Length = _tape.TextLength - start;
        return true;
    }

    /// <summary>Appends a string's characters with its escapes resolved, as valid UTF-8.</summary>
    private readonly void AppendDecoded(ReadOnlySpan<byte> raw)
    {
        int i = 0;
        while (i < raw.Length)
        {
            int plain = raw[i..].IndexOf((byte)'\\');
            AppendUtf8(raw.Slice(i, plain < 0 ? raw.Length - i : plain));
            if (plain < 0)
                return;
            i += plain;
            i += AppendEscape(raw[i..]);
        }
    }

    private readonly void AppendUtf8(ReadOnlySpan<byte> bytes)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            _tape.Append(bytes);
            return;
        }
        Note(NearJsonChanges.Escapes);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out _, out int consumed) == OperationStatus.Done)
                _tape.Append(bytes[..consumed]);
            else
                _tape.Append("\uFFFD"u8);
            bytes = bytes[consumed..];
        }
    }

    /// <summary>Appends what an escape stands for.</summary>
    /// <returns>Its length.</returns>
    private readonly int AppendEscape(ReadOnlySpan<byte> raw)
    {
        if (raw.Length == 1)
        {
            Note(NearJsonChanges.Escapes);
            return 1;
        }
        int simple = "\"\\/bfnrt".IndexOf((char)raw[1]);
        if (simple >= 0)
        {
            _tape.Append("\"\\/\b\f\n\r\t"u8[simple]);
            return 2;
        }
        if (raw[1] == 'u' && TryCodeUnit(raw, 2, 4, out int unit))
            return AppendCodeUnits(raw, unit);
        Note(NearJsonChanges.Escapes);
        switch (raw[1])
        {
            case (byte)'x' when TryCodeUnit(raw, 2, 2, out int value):
                AppendRune(value);
                return 4;
            case (byte)'u' when raw.Length > 3 && raw[2] == '{' && raw[3..Math.Min(raw.Length, 10)].IndexOf((byte)'}') is > 0 and int digits
                && TryCodeUnit(raw, 3, digits, out int value):
                AppendRune(value);
                return 4 + digits;
            case (byte)'u':
                return SkipBrokenUnit(raw);
            case (byte)'\'' or (byte)'`':
                _tape.Append(raw[1]);
                return 2;
            case (byte)'\n':
                return 2;                        // a line that goes on
            case (byte)'\r':
                return raw is [_, _, (byte)'\n', ..] ? 3 : 2;
            default:
                _tape.Append((byte)'\\');        // a backslash that was not meant as an escape
                return 1;
        }
    }

    private readonly int SkipBrokenUnit(ReadOnlySpan<byte> raw)
    {
        int length = 2;
        while (length < raw.Length && length < 6 && Uri.IsHexDigit((char)raw[length]))
            length++;
        if (length < raw.Length)
            _tape.Append("\uFFFD"u8);
        return length;
    }

    private readonly int AppendCodeUnits(ReadOnlySpan<byte> raw, int unit)
    {
        if (char.IsHighSurrogate((char)unit) && raw.Length >= 12 && raw[6] == '\\' && raw[7] == 'u' && TryCodeUnit(raw, 8, 4, out int low)
            && char.IsLowSurrogate((char)low))
        {
            AppendRune(char.ConvertToUtf32((char)unit, (char)low));
            return 12;
        }
        AppendRune(unit);
        return 6;
    }

    private readonly void AppendRune(int value)
    {
        if (!Rune.IsValid(value))
            Note(NearJsonChanges.Escapes);
        Span<byte> utf8 = stackalloc byte[4];
        int length = (Rune.IsValid(value) ? new Rune(value) : Rune.ReplacementChar).EncodeToUtf8(utf8);
        _tape.Append(utf8[..length]);
    }

    private static bool TryCodeUnit(ReadOnlySpan<byte> raw, int start, int digits, out int value)
    {
        value = 0;
        return raw.Length >= start + digits
            && int.TryParse(raw.Slice(start, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
