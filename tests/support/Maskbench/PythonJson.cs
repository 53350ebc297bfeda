using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlamaSpan.TestSupport.Maskbench;

/// <summary>
/// Writes JSON as Python's <c>json.dumps(data, ensure_ascii=False)</c> does, byte for byte: ", " and ": " between, floats as
/// <c>repr</c>, keys in order. Maskbench's instance texts are defined that way.
/// </summary>
public static class PythonJson
{
    /// <summary>The text as UTF-8.</summary>
    public static byte[] ToUtf8(JsonElement value)
    {
        ArrayBufferWriter<byte> to = new();
        Write(value, to);
        return to.WrittenSpan.ToArray();
    }

    /// <summary>Appends the text as UTF-8.</summary>
    public static void Write(JsonElement value, IBufferWriter<byte> to)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, to);
                break;
            case JsonValueKind.Array:
                to.Write("["u8);
                bool first = true;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    if (!first)
                        to.Write(", "u8);
                    first = false;
                    Write(item, to);
                }
                to.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteString(value.GetString()!, to);
                break;
            case JsonValueKind.Number:
                Encoding.UTF8.GetBytes(Number(value.GetRawText()), to);
                break;
            case JsonValueKind.True:
                to.Write("true"u8);
                break;
            case JsonValueKind.False:
                to.Write("false"u8);
                break;
            default:
                to.Write("null"u8);
                break;
        }
    }

    private static void WriteObject(JsonElement value, IBufferWriter<byte> to)
    {
        // A dict keeps the first place and the last value of a repeated key.
        OrderedDictionary<string, JsonElement> members = new(StringComparer.Ordinal);
        foreach (JsonProperty member in value.EnumerateObject())
            members[member.Name] = member.Value;
        to.Write("{"u8);
        bool first = true;
        foreach ((string name, JsonElement member) in members)
        {
            if (!first)
                to.Write(", "u8);
            first = false;
            WriteString(name, to);
            to.Write(": "u8);
            Write(member, to);
        }
        to.Write("}"u8);
    }

    private static void WriteString(string text, IBufferWriter<byte> to)
    {
        StringBuilder escaped = new(text.Length + 2);
        escaped.Append('"');
        foreach (char c in text)
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                '\f' => escaped.Append("\\f"),
                '\b' => escaped.Append("\\b"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        escaped.Append('"');
        Encoding.UTF8.GetBytes(escaped.ToString(), to);
    }

    /// <summary>A JSON number as Python prints it after reading it: an int's digits, or a float's repr.</summary>
    public static string Number(string raw)
    {
        if (raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
            return raw == "-0" ? "0" : raw;
        double value = double.Parse(raw, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
            return value > 0 ? "Infinity" : "-Infinity";

        // Shortest digits that read back, as d.ddd and a power of ten; repr then writes 1e-05 to 9999999999999998.0 plainly.
        string shortest = value.ToString("E16", CultureInfo.InvariantCulture);
        for (int digits = 0; digits < 17; digits++)
        {
            shortest = value.ToString($"E{digits}", CultureInfo.InvariantCulture);
            if (double.Parse(shortest, CultureInfo.InvariantCulture).Equals(value))
                break;
        }
        int mark = shortest.IndexOf('E', StringComparison.Ordinal);
        string sign = shortest[0] == '-' ? "-" : "";
        string significant = shortest[sign.Length..mark].Replace(".", "", StringComparison.Ordinal);
        int exponent = int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return sign + Layout(significant, exponent);
    }

    private static string Layout(string digits, int exponent)
    {
        if (exponent is < -4 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }
        if (exponent < 0)
            return "0." + new string('0', -exponent - 1) + digits;
        return digits.Length > exponent + 1
            ? digits[..(exponent + 1)] + "." + digits[(exponent + 1)..]
            : digits.PadRight(exponent + 1, '0') + ".0";
    }
}
