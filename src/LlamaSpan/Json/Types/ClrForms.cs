using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlamaSpan;

/// <summary>How System.Text.Json reads the simple types of .NET: ranges of numbers, spellings of strings.</summary>
internal static class ClrForms
{
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?";
    private const string UrlPart = "[A-Za-z0-9._~!$&'()*+,;=:@-]";
    private const string Url = $@"^https?://({Label}\.){{0,4}}[A-Za-z]{{2,20}}(:[1-9][0-9]{{0,3}})?(/{UrlPart}*)*(\?({UrlPart}|[/?])*)?(#({UrlPart}|[/?])*)?$";
    public const string Base64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";
    private const string VersionNumber = "(0|[1-9][0-9]{0,8})";

    private static readonly Dictionary<Type, (string Min, string Max)> Integers = new()
    {
        [typeof(sbyte)] = Range<sbyte>(),
        [typeof(byte)] = Range<byte>(),
        [typeof(short)] = Range<short>(),
        [typeof(ushort)] = Range<ushort>(),
        [typeof(int)] = Range<int>(),
        [typeof(uint)] = Range<uint>(),
        [typeof(long)] = Range<long>(),
        [typeof(ulong)] = Range<ulong>(),
        [typeof(Int128)] = Range<Int128>(),
        [typeof(UInt128)] = Range<UInt128>(),
    };

    private static readonly Dictionary<Type, (string Min, string Max)> Reals = new()
    {
        [typeof(Half)] = ("-65504", "65504"),
        [typeof(float)] = ("-3.4028234e38", "3.4028234e38"),
        [typeof(decimal)] = Range<decimal>(),
    };

    private static readonly Dictionary<Type, (string Keyword, string Value)> Texts = new()
    {
        [typeof(DateTime)] = ("format", "clr-date-time"),
        [typeof(DateTimeOffset)] = ("format", "clr-date-time"),
        [typeof(DateOnly)] = ("format", "clr-date"),
        [typeof(TimeOnly)] = ("format", "clr-time"),
        [typeof(TimeSpan)] = ("format", "clr-duration"),
        [typeof(Guid)] = ("format", "uuid"),
        [typeof(Uri)] = ("pattern", Url),
        [typeof(Version)] = ("pattern", $@"^{VersionNumber}(\.{VersionNumber}){{1,3}}$"),
        [typeof(char)] = ("pattern", @"^[\u0000-\uFFFF]$"),
        [typeof(byte[])] = ("pattern", Base64),
        [typeof(Memory<byte>)] = ("pattern", Base64),
        [typeof(ReadOnlyMemory<byte>)] = ("pattern", Base64),
    };

    /// <summary>The schema of a simple type, or null if the type is none.</summary>
    public static JsonObject? Of(Type type)
    {
        if (type == typeof(string))
            return new JsonObject { ["type"] = "string" };
        if (type == typeof(bool))
            return new JsonObject { ["type"] = "boolean" };
        if (type == typeof(double))
            return new JsonObject { ["type"] = "number", [SchemaReader.FiniteKeyword] = true };
        if (Integers.TryGetValue(type, out (string Min, string Max) range))
            return new JsonObject { ["type"] = "integer", ["minimum"] = Number(range.Min), ["maximum"] = Number(range.Max), [SchemaReader.PlainIntegerKeyword] = true };
        if (Reals.TryGetValue(type, out range))
            return new JsonObject { ["type"] = "number", ["minimum"] = Number(range.Min), ["maximum"] = Number(range.Max) };
        return Texts.TryGetValue(type, out (string Keyword, string Value) text) ? new JsonObject { ["type"] = "string", [text.Keyword] = text.Value } : null;
    }

    /// <summary>The schema of a simple type as a property's name, or null if that is not known.</summary>
    public static JsonObject? OfKey(Type type)
    {
        if (type == typeof(bool))
            return new JsonObject { ["enum"] = new JsonArray("true", "false") };
        if (Integers.TryGetValue(type, out (string Min, string Max) range))
        {
            string few = $"[1-9][0-9]{{0,{range.Max.Length - 2}}}"; // fewer digits than the largest has
            return new JsonObject { ["pattern"] = range.Min == "0" ? $"^(0|{few})$" : $"^(0|-?{few})$" };
        }
        return Texts.TryGetValue(type, out (string Keyword, string Value) text) && !type.IsArray ? new JsonObject { [text.Keyword] = text.Value } : null;
    }

    /// <summary>Whether any JSON value is read.</summary>
    public static bool IsAnyJson(Type type) =>
        type == typeof(object) || type == typeof(JsonElement) || type == typeof(JsonDocument) || type == typeof(JsonNode);

    public static bool IsNumber(Type type) => type == typeof(double) || Reals.ContainsKey(type) || Integers.ContainsKey(type);

    public static bool IsInteger(Type type) => Integers.ContainsKey(type);

    /// <summary>The schema of one integer, spelled with digits alone.</summary>
    public static JsonObject Exactly(string integer) =>
        new() { ["type"] = "integer", ["minimum"] = Number(integer), ["maximum"] = Number(integer), [SchemaReader.PlainIntegerKeyword] = true };

    /// <summary>A number spelled so in a schema.</summary>
    public static JsonNode Number(string text) => JsonNode.Parse(text)!;

    private static (string, string) Range<T>()
        where T : System.Numerics.IMinMaxValue<T>, IFormattable =>
        (T.MinValue.ToString(null, CultureInfo.InvariantCulture), T.MaxValue.ToString(null, CultureInfo.InvariantCulture));
}
