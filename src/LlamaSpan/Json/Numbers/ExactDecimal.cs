using System.Globalization;
using System.Numerics;
using System.Text;

namespace LlamaSpan;

/// <summary>A decimal number without rounding: sign, digits without leading or trailing zeros, and the exponent of <c>0.digits * 10^exponent</c>.</summary>
internal sealed record ExactDecimal(bool Negative, string Digits, int Exponent) : IComparable<ExactDecimal>
{
    public const int MaxExponent = 400;

    public static ExactDecimal Zero { get; } = new(false, "", 0);

    public bool IsZero => Digits.Length == 0;

    /// <summary>Digits before the point, without leading zeros.</summary>
    public string Whole => Exponent <= 0 ? "" : Digits.Length >= Exponent ? Digits[..Exponent] : Digits.PadRight(Exponent, '0');

    /// <summary>Digits after the point, without trailing zeros.</summary>
    public string Fraction => Exponent <= 0 ? (IsZero ? "" : new string('0', -Exponent) + Digits) : Digits.Length > Exponent ? Digits[Exponent..] : "";

    public bool IsInteger => Digits.Length <= Exponent || IsZero;

    /// <exception cref="FormatException">The exponent is beyond plus or minus <see cref="MaxExponent"/>.</exception>
    public static ExactDecimal Parse(string json)
    {
        bool negative = json.StartsWith('-');
        int e = json.AsSpan().IndexOfAny('e', 'E');
        int shift = 0;
        string mantissa = (e >= 0 ? json[..e] : json)[(negative ? 1 : 0)..];
        if (e >= 0 && !int.TryParse(json.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out shift))
            throw new FormatException($"the number {json}");
        int point = mantissa.IndexOf('.');
        string digits = point >= 0 ? mantissa.Remove(point, 1) : mantissa;
        int exponent = (point >= 0 ? point : mantissa.Length) + shift;
        string trimmed = digits.TrimStart('0');
        exponent -= digits.Length - trimmed.Length;
        trimmed = trimmed.TrimEnd('0');
        if (trimmed.Length == 0)
            return Zero;
        if (Math.Abs((long)exponent) > MaxExponent || trimmed.Length > MaxExponent)
            throw new FormatException($"the number {json}, beyond 10^{MaxExponent}");
        return new(negative, trimmed, exponent);
    }

    public int CompareTo(ExactDecimal? other)
    {
        if (other is null)
            return 1;
        int sign = IsZero ? 0 : Negative ? -1 : 1, otherSign = other.IsZero ? 0 : other.Negative ? -1 : 1;
        if (sign != otherSign || sign == 0)
            return sign.CompareTo(otherSign);
        int magnitude = Exponent != other.Exponent ? Exponent.CompareTo(other.Exponent) : Math.Sign(string.CompareOrdinal(Digits, other.Digits));
        return sign * magnitude;
    }

    /// <summary>Whether this is an integer times <paramref name="unit"/>.</summary>
    public bool IsMultipleOf(ExactDecimal unit)
    {
        int low = Math.Min(Exponent - Digits.Length, unit.Exponent - unit.Digits.Length);
        return IsZero || (Scaled(low) % unit.Scaled(low)).IsZero;
    }

    /// <summary>The magnitude divided by 10^<paramref name="power"/>, which must make it whole.</summary>
    public BigInteger Scaled(int power) =>
        BigInteger.Parse("0" + Digits, CultureInfo.InvariantCulture) * BigInteger.Pow(10, Exponent - Digits.Length - power);

    /// <summary>Without exponent, without needless digits.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Negative ? "-" : "");
        text.Append(Whole.Length == 0 ? "0" : Whole);
        if (Fraction.Length > 0)
            text.Append('.').Append(Fraction);
        return text.ToString();
    }
}
