using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using static LlamaSpan.NearJsonCharacters;

namespace LlamaSpan;

/// <summary>Numbers in JSON's spelling and in others: 1, -2.5e3, +1, .5, 5., 007, 1_000, 1,000, 0x1F.</summary>
internal static class NearJsonNumber
{
    private const int MostHexDigits = 256;

    private static readonly SearchValues<byte> _separators = SearchValues.Create("_,"u8);

    /// <summary>Whether a text is a number in JSON's own spelling.</summary>
    public static bool IsJson(ReadOnlySpan<byte> text)
    {
        int i = text is [(byte)'-', ..] ? 1 : 0;
        int whole = Digits(text, i);
        if (whole == 0 || (whole > 1 && text[i] == '0'))
            return false;
        i += whole;
        if (i < text.Length && text[i] == '.')
        {
            int fraction = Digits(text, i + 1);
            if (fraction == 0)
                return false;
            i += 1 + fraction;
        }
        return i == text.Length || IsExponent(text[i..]);
    }

    /// <summary>Whether a text is a number in any of the spellings.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> text)
    {
        int i = text is [(byte)'-' or (byte)'+', ..] ? 1 : 0;
        if (IsHex(text[i..]))
            return true;
        int whole = Digits(text, i);
        int digits = whole;
        i += whole;
        while (digits > 0 && i + 1 < text.Length && _separators.Contains(text[i]) && IsDigit(text[i + 1]))
        {
            int group = Digits(text, i + 1);
            if (text[i] == ',' && group != 3)
                return false;
            i += 1 + group;
        }
        if (i < text.Length && text[i] == '.')
        {
            int fraction = Digits(text, i + 1);
            digits += fraction;
            i += 1 + fraction;
        }
        return digits > 0 && (i == text.Length || IsExponent(text[i..]));
    }

    /// <summary>Writes a number in JSON's spelling; digits that are said stay.</summary>
    /// <param name="text">A number, as <see cref="IsNumber"/> sees it.</param>
    /// <param name="to">Receives the text.</param>
    public static void Write(ReadOnlySpan<byte> text, IBufferWriter<byte> to)
    {
        if (IsJson(text))
        {
            to.Write(text);
            return;
        }
        bool negative = text[0] == '-';
        if (text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        if (negative)
            to.Write("-"u8);
        if (IsHex(text))
        {
            BigInteger value = BigInteger.Parse("0" + Encoding.ASCII.GetString(text[2..]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            to.Write(Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
            return;
        }
        int whole = text.IndexOfAny(".eE"u8);
        WriteWhole(whole < 0 ? text : text[..whole], to);
        if (whole < 0)
            return;
        ReadOnlySpan<byte> tail = text[whole..];
        if (tail[0] == '.')
        {
            int fraction = Digits(tail, 1);
            if (fraction > 0)
                to.Write(tail[..(1 + fraction)]);
            tail = tail[(1 + fraction)..];
        }
        to.Write(tail);
    }

    private static void WriteWhole(ReadOnlySpan<byte> digits, IBufferWriter<byte> to)
    {
        int first = digits.IndexOfAnyInRange((byte)'1', (byte)'9');
        if (first < 0)
        {
            to.Write("0"u8);
            return;
        }
        foreach (byte b in digits[first..])
            if (IsDigit(b))
                to.Write([b]);
    }

    private static bool IsExponent(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)'e' or (byte)'E', ..])
            return false;
        int sign = text is [_, (byte)'+' or (byte)'-', ..] ? 1 : 0;
        int digits = Digits(text, 1 + sign);
        return digits > 0 && 1 + sign + digits == text.Length;
    }

    private static bool IsHex(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)'0', (byte)'x' or (byte)'X', _, ..] || text.Length > MostHexDigits)
            return false;
        foreach (byte b in text[2..])
            if (!Uri.IsHexDigit((char)b))
                return false;
        return true;
    }

    private static int Digits(ReadOnlySpan<byte> text, int from)
    {
        int count = from < text.Length ? text[from..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') : 0;
        return count < 0 ? text.Length - from : count;
    }
}
