using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace LlamaSpan;

/// <summary>What attributes of a property, or of the constructor's parameter behind it, add to its schema.</summary>
internal static partial class TypeAnnotations
{
    /// <summary>Adds what a type says of itself.</summary>
    public static void Describe(Type type, JsonObject schema)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Attribute.GetCustomAttribute(type, typeof(DescriptionAttribute), inherit: false) is DescriptionAttribute { Description.Length: > 0 } description)
            schema["description"] = description.Description;
    }

    /// <summary>Whether a property must be there and not null.</summary>
    public static bool IsRequired(JsonPropertyInfo property) => Attributes(property).Any(attribute => attribute is RequiredAttribute);

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
                    OnText("Grounded");
                    schema[SchemaReader.GroundedKeyword] = new JsonObject { [grounded.Source.StartsWith('/') ? "values" : "in"] = grounded.Source };
                    break;
                case AllowedValuesAttribute allowed:
                    Add(schema, "allOf", Values(allowed.Values, property, type, pointer, "AllowedValues"));
                    break;
                case DeniedValuesAttribute denied:
                    Add(schema, "allOf", new JsonObject { ["not"] = Values(denied.Values, property, type, pointer, "DeniedValues") });
                    break;
                case RequiredAttribute required:
                    if (type == typeof(string) && !required.AllowEmptyStrings)
                        Add(schema, "allOf", new JsonObject { ["pattern"] = @"[^\s\u0085]" });
                    break;
                case EmailAddressAttribute or UrlAttribute or PhoneAttribute or Base64StringAttribute:
                    OnText(NameOf(attribute));
                    Add(schema, "allOf", FormOf(attribute));
                    break;
                case ValidationAttribute other when other.GetType() != typeof(DataTypeAttribute):
                    throw new GrammarException($"cannot enforce {NameOf(other)}", pointer, NameOf(other));
            }
        }

        void OnText(string attribute)
        {
            if (type != typeof(string))
                throw new GrammarException($"cannot enforce {attribute} on {type}", pointer, attribute);
        }
    }

    private static string NameOf(object attribute) => attribute.GetType().Name.Replace("Attribute", "", StringComparison.Ordinal);

    /// <summary>Texts that an attribute lets pass: fewer than it might, never more.</summary>
    private static JsonObject FormOf(object attribute) => attribute switch
    {
        EmailAddressAttribute => new() { ["format"] = "email" },
        UrlAttribute => new() { ["format"] = "uri", ["pattern"] = "^https?://" },
        PhoneAttribute => new() { ["pattern"] = @"^\+?[0-9][0-9 ().-]{0,30}$" },
        _ => new() { ["pattern"] = ClrForms.Base64 },
    };

    private static IEnumerable<object> Attributes(JsonPropertyInfo property)
    {
        IEnumerable<object> own = property.AttributeProvider is MemberInfo member
            ? Attribute.GetCustomAttributes(member, inherit: true) // those of a property that it overrides, too
            : property.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [];
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
        if (min > 0 && (!schema.TryGetPropertyValue(least, out JsonNode? known) || known!.GetValue<int>() < min))
            schema[least] = min;
        if (max >= 0 && (!schema.TryGetPropertyValue(most, out known) || known!.GetValue<int>() > max))
            schema[most] = max;
    }

    private static string? Kind(JsonObject schema) => (schema["type"] as JsonValue)?.GetValue<string>();

    /// <summary>
    /// .NET's classes \d and \w hold more than ECMA-262's, their complements fewer: where those stand, only ASCII is let through. And .NET takes a
    /// character beyond U+FFFF for two.
    /// </summary>
    private static void Match(string pattern, Type type, JsonObject schema, string pointer)
    {
        if (type != typeof(string))
            throw new GrammarException($"cannot enforce RegularExpression on {type}", pointer, "RegularExpression");
        Add(schema, "allOf", new JsonObject { ["pattern"] = $"^(?:{pattern})$" });
        if (ComplementClass().IsMatch(pattern))
            Add(schema, "allOf", new JsonObject { ["pattern"] = @"^[\u0000-\u007F]*$" });
        else if (pattern.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') || pattern.Contains('.') || pattern.Contains(@"\p"))
            Add(schema, "allOf", new JsonObject { ["pattern"] = @"^[\u0000-\uFFFF]*$" });
    }

    private static JsonObject Values(object?[] values, JsonPropertyInfo property, Type type, string pointer, string attribute)
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
            else if (attribute == "AllowedValues" && EnumForms.Of(value, property) is { } one)
                choices.Add((JsonNode)one);
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

    [GeneratedRegex(@"\\[DWSsbBP]|\[\^")]
    private static partial Regex ComplementClass();
}
