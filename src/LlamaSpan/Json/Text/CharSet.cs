using System.Globalization;

namespace LlamaSpan;

/// <summary>A set of Unicode scalar values: ascending, disjoint, inclusive ranges. Surrogates are never members.</summary>
internal sealed class CharSet
{
    public const int Last = 0x10FFFF;

    private readonly (int Low, int High)[] _ranges;

    private CharSet((int Low, int High)[] ranges) => _ranges = ranges;

    public static CharSet Empty { get; } = new([]);

    public static CharSet All { get; } = Of((0, Last));

    /// <summary>ECMA-262 <c>.</c>: all but line terminators.</summary>
    public static CharSet Dot { get; } = Of(('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029)).Complement();

    public static CharSet Digit { get; } = Of(('0', '9'));

    public static CharSet Word { get; } = Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    /// <summary>ECMA-262 WhiteSpace and LineTerminator.</summary>
    public static CharSet Space { get; } = Of(
        (9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
        (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF));

    public ReadOnlySpan<(int Low, int High)> Ranges => _ranges;

    public bool IsEmpty => _ranges.Length == 0;

    public static CharSet Of(params ReadOnlySpan<(int Low, int High)> ranges)
    {
        var list = new List<(int Low, int High)>(ranges.Length + 1);
        foreach ((int low, int high) in ranges)
        {
            if (low < 0xD800)
                list.Add((low, Math.Min(high, 0xD7FF)));
            if (high > 0xDFFF)
                list.Add((Math.Max(low, 0xE000), high));
        }
        list.Sort();
        var merged = new List<(int Low, int High)>(list.Count);
        foreach ((int low, int high) in list)
        {
            if (low > high)
                continue;
            if (merged.Count > 0 && low <= merged[^1].High + 1)
                merged[^1] = (merged[^1].Low, Math.Max(merged[^1].High, high));
            else
                merged.Add((low, high));
        }
        return new CharSet([.. merged]);
    }

    public static CharSet Single(int c) => Of((c, c));

    public CharSet Union(CharSet other) => Of([.. _ranges, .. other._ranges]);

    public CharSet Complement()
    {
        var result = new List<(int, int)>(_ranges.Length + 1);
        int next = 0;
        foreach ((int low, int high) in _ranges)
        {
            if (low > next)
                result.Add((next, low - 1));
            next = high + 1;
        }
        if (next <= Last)
            result.Add((next, Last));
        return Of([.. result]);
    }

    public bool Contains(int c)
    {
        foreach ((int low, int high) in _ranges)
            if (c <= high)
                return c >= low;
        return false;
    }

    /// <summary>The members of Unicode general categories, or null if the name is unknown (<c>\p{Lu}</c>, <c>\p{L}</c>, <c>\p{Letter}</c>).</summary>
    public static CharSet? Category(string name)
    {
        int equals = name.IndexOf('=');
        if (equals >= 0)
        {
            if (name[..equals] is not ("gc" or "General_Category"))
                return null;
            name = name[(equals + 1)..];
        }
        name = LongNames.GetValueOrDefault(name, name);
        switch (name)
        {
            case "Any": return All;
            case "ASCII": return Of((0, 0x7F));
        }
        if (!Codes.Any(code => code.StartsWith(name, StringComparison.Ordinal)) || name.Length > 2)
            return null;
        var ranges = new List<(int, int)>();
        for (int c = 0; c <= Last; c++)
        {
            if (!Codes[(int)CharUnicodeInfo.GetUnicodeCategory(c)].StartsWith(name, StringComparison.Ordinal))
                continue;
            int low = c;
            while (c < Last && Codes[(int)CharUnicodeInfo.GetUnicodeCategory(c + 1)].StartsWith(name, StringComparison.Ordinal))
                c++;
            ranges.Add((low, c));
        }
        return Of([.. ranges]);
    }

    private static readonly string[] Codes =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps",
        "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    private static readonly Dictionary<string, string> LongNames = new()
    {
        ["Letter"] = "L",
        ["Uppercase_Letter"] = "Lu",
        ["Lowercase_Letter"] = "Ll",
        ["Titlecase_Letter"] = "Lt",
        ["Modifier_Letter"] = "Lm",
        ["Other_Letter"] = "Lo",
        ["Mark"] = "M",
        ["Number"] = "N",
        ["Decimal_Number"] = "Nd",
        ["digit"] = "Nd",
        ["Letter_Number"] = "Nl",
        ["Punctuation"] = "P",
        ["punct"] = "P",
        ["Symbol"] = "S",
        ["Separator"] = "Z",
        ["Space_Separator"] = "Zs",
        ["Other"] = "C",
        ["Control"] = "Cc",
        ["cntrl"] = "Cc",
        ["Dash_Punctuation"] = "Pd",
        ["Open_Punctuation"] = "Ps",
        ["Close_Punctuation"] = "Pe",
        ["Connector_Punctuation"] = "Pc",
        ["Math_Symbol"] = "Sm",
        ["Currency_Symbol"] = "Sc",
    };
}
