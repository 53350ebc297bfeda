using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace LlamaSpan;

/// <summary>What attributes of a property, or of the constructor's parameter behind it, add to its schema.</summary>
internal static partial class TypeAnnotations
{
    /// <exception cref="GrammarException">An attribute that cannot be enforced on a property of that type.</exception>
    public static void Apply(JsonPropertyInfo property, JsonObject schema, string pointer)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        foreach (object attribute in Attributes(property))
        {
            switch (attribute)
            {
                case DescriptionAttribute { Description.Length: > 0 } description:
                    schema["description"] = description.Description;
                    break;
                case RangeAttribute range:
                    Bound(range, type, schema, pointer);
                    break;
                case StringLengthAttribute length:
                    Lengths(schema, length.MinimumLength, length.MaximumLength, pointer, "StringLength");
                    break;
                case LengthAttribute length:
                    Lengths(schema, length.MinimumLength, length.MaximumLength, pointer, "Length");
                    break;
                case MinLengthAttribute min:
                    Lengths(schema, min.Length, -1, pointer, "MinLength");
                    break;
                case MaxLengthAttribute max:
                    Lengths(schema, 0, max.Length, pointer, "MaxLength");
                    break;
                case RegularExpressionAttribute pattern:
                    Match(pattern.Pattern, type, schema, pointer);
                    break;
                case GroundedAttribute grounded:
                    if (type != typeof(string))
                        throw new GrammarException($"cannot enforce Grounded on {type}", pointer, "Grounded");
                    schema[SchemaReader.GroundedKeyword] = new JsonObject { ["in"] = grounded.Source };
                    break;
                case AllowedValuesAttribute allowed:
                    Add(schema, "allOf", Values(allowed.Values, type, pointer, "AllowedValues"));
                    break;
                case DeniedValuesAttribute denied:
                    Add(schema, "allOf", new JsonObject { ["not"] = Values(denied.Values, type, pointer, "DeniedValues") });
                    break;
            }
        }
    }

    private static IEnumerable<object> Attributes(JsonPropertyInfo property)
    {
        IEnumerable<object> own = property.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [];
        return own.Concat(property.AssociatedParameter?.AttributeProvider?.GetCustomAttributes(inherit: true) ?? []);
    }

    private static void Bound(RangeAttribute range, Type type, JsonObject schema, string pointer)
    {
        if (!ClrForms.IsNumber(type))
            throw new GrammarException($"cannot enforce Range on {type}", pointer, "Range");
        var bounds = new JsonObject();
        if (Decimal(range.Minimum, pointer) is { } min)
            bounds[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = ClrForms.Number(min);
        if (Decimal(range.Maximum, pointer) is { } max)
            bounds[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = ClrForms.Number(max);
        if (bounds.Count > 0)
            Add(schema, "allOf", bounds);
    }

    /// <summary>A bound's digits; null where there is none: an infinity or the end of a double's range.</summary>
    private static string? Decimal(object bound, string pointer)
    {
        if (bound is double d)
            return double.IsInfinity(d) || d is double.MaxValue or double.MinValue ? null
                : double.IsNaN(d) ? throw new GrammarException("a bound that is no number", pointer, "Range")
                : d.ToString("R", CultureInfo.InvariantCulture);
        string text = Convert.ToString(bound, CultureInfo.InvariantCulture)!;
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value) ? value.ToString(CultureInfo.InvariantCulture)
            : throw new GrammarException($"the bound '{text}' is no number", pointer, "Range");
    }

    private static void Lengths(JsonObject schema, int min, int max, string pointer, string attribute)
    {
        (string least, string most) = Kind(schema) switch
        {
            "string" => ("minLength", "maxLength"),
            "array" => ("minItems", "maxItems"),
            "object" => ("minProperties", "maxProperties"),
            _ => throw new GrammarException($"cannot enforce {attribute} on what is neither text nor a collection", pointer, attribute),
        };
        var limits = new JsonObject();
        if (min > 0)
            limits[least] = min;
        if (max >= 0)
            limits[most] = max;
        if (limits.Count > 0)
            Add(schema, "allOf", limits);
    }

    private static string? Kind(JsonObject schema) => (schema["type"] as JsonValue)?.GetValue<string>();

    /// <summary>.NET's classes \d and \w hold more than ECMA-262's, their complements fewer: where those stand, only ASCII is let through.</summary>
    private static void Match(string pattern, Type type, JsonObject schema, string pointer)
    {
        if (type != typeof(string))
            throw new GrammarException($"cannot enforce RegularExpression on {type}", pointer, "RegularExpression");
        Add(schema, "allOf", new JsonObject { ["pattern"] = $"^(?:{pattern})$" });
        if (ComplementClass().IsMatch(pattern))
            Add(schema, "allOf", new JsonObject { ["pattern"] = "^[\\u0000-\\u007F]*$" });
    }

    private static JsonObject Values(object?[] values, Type type, string pointer, string attribute)
    {
        var choices = new JsonArray();
        foreach (object? value in values)
        {
            if (value is null)
                choices.Add((JsonNode)new JsonObject { ["type"] = "null" });
            else if (type == typeof(string) && value is string text)
                choices.Add((JsonNode)new JsonObject { ["enum"] = new JsonArray(text) });
            else if (type == typeof(bool) && value is bool flag)
                choices.Add((JsonNode)new JsonObject { ["enum"] = new JsonArray(flag) });
            else if (ClrForms.IsNumber(type) && value is IConvertible and not string)
                choices.Add((JsonNode)new JsonObject { ["minimum"] = Exactly(value, pointer), ["maximum"] = Exactly(value, pointer), ["type"] = "number" });
            else
                throw new GrammarException($"cannot enforce {attribute} with {value} on {type}", pointer, attribute);
        }
        return new JsonObject { ["anyOf"] = choices };
    }

    private static JsonNode Exactly(object value, string pointer) =>
        ClrForms.Number(Decimal(value, pointer) ?? throw new GrammarException($"{value} is no JSON number", pointer, "AllowedValues"));

    private static void Add(JsonObject schema, string keyword, JsonObject part)
    {
        if (schema[keyword] is JsonArray parts)
            parts.Add((JsonNode)part);
        else
            schema[keyword] = new JsonArray(part);
    }

    [GeneratedRegex(@"\\[DWSsbB]|\[\^")]
    private static partial Regex ComplementClass();
}
