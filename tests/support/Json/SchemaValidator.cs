using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlamaSpan.TestSupport;

/// <summary>
/// The common keywords of JSON Schema 2020-12 as the specification words them, one after another: a check on grammars that shares nothing with
/// them. Patterns must mean the same to .NET as to ECMA-262.
/// </summary>
public static class SchemaValidator
{
    /// <summary>Whether an instance satisfies a schema.</summary>
    public static bool IsValid(JsonElement schema, JsonElement instance)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return schema.ValueKind == JsonValueKind.True;
        foreach (JsonProperty keyword in schema.EnumerateObject())
            if (!Holds(keyword.Name, keyword.Value, schema, instance))
                return false;
        return true;
    }

    private static bool Holds(string keyword, JsonElement value, JsonElement schema, JsonElement instance) => keyword switch
    {
        "type" => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Any(t => IsType(t.GetString()!, instance)) : IsType(value.GetString()!, instance),
        "enum" => value.EnumerateArray().Any(v => AreEqual(v, instance)),
        "const" => AreEqual(value, instance),
        "allOf" => value.EnumerateArray().All(s => IsValid(s, instance)),
        "anyOf" => value.EnumerateArray().Any(s => IsValid(s, instance)),
        "oneOf" => value.EnumerateArray().Count(s => IsValid(s, instance)) == 1,
        "not" => !IsValid(value, instance),
        "if" => !schema.TryGetProperty(IsValid(value, instance) ? "then" : "else", out JsonElement branch) || IsValid(branch, instance),
        _ => instance.ValueKind switch
        {
            JsonValueKind.Object => HoldsOfObject(keyword, value, schema, [.. instance.EnumerateObject()]),
            JsonValueKind.Array => HoldsOfArray(keyword, value, schema, [.. instance.EnumerateArray()]),
            JsonValueKind.String => HoldsOfString(keyword, value, instance.GetString()!),
            JsonValueKind.Number => HoldsOfNumber(keyword, value, instance),
            _ => true,
        },
    };

    private static bool HoldsOfObject(string keyword, JsonElement value, JsonElement schema, JsonProperty[] properties) => keyword switch
    {
        "required" => value.EnumerateArray().All(name => properties.Any(p => p.Name == name.GetString())),
        "minProperties" => properties.Length >= value.GetInt32(),
        "maxProperties" => properties.Length <= value.GetInt32(),
        "properties" => properties.All(p => !value.TryGetProperty(p.Name, out JsonElement s) || IsValid(s, p.Value)),
        "patternProperties" => value.EnumerateObject().All(s => properties.All(p => !IsMatch(p.Name, s.Name) || IsValid(s.Value, p.Value))),
        "additionalProperties" => properties.All(p => IsListed(schema, p.Name) || IsValid(value, p.Value)),
        "propertyNames" => properties.All(p => IsValid(value, JsonSerializer.SerializeToElement(p.Name))),
        "dependentRequired" => value.EnumerateObject().All(d => properties.All(p => p.Name != d.Name)
            || d.Value.EnumerateArray().All(name => properties.Any(p => p.Name == name.GetString()))),
        _ => true,
    };

    private static bool IsListed(JsonElement schema, string name) =>
        (schema.TryGetProperty("properties", out JsonElement properties) && properties.TryGetProperty(name, out _))
        || (schema.TryGetProperty("patternProperties", out JsonElement patterns) && patterns.EnumerateObject().Any(p => IsMatch(name, p.Name)));

    private static bool HoldsOfArray(string keyword, JsonElement value, JsonElement schema, JsonElement[] items) => keyword switch
    {
        "minItems" => items.Length >= value.GetInt32(),
        "maxItems" => items.Length <= value.GetInt32(),
        "uniqueItems" => !value.GetBoolean() || !items.Where((item, i) => items.Take(i).Any(before => AreEqual(before, item))).Any(),
        "prefixItems" => items.Zip(value.EnumerateArray()).All(pair => IsValid(pair.Second, pair.First)),
        "items" => items.Skip(schema.TryGetProperty("prefixItems", out JsonElement prefix) ? prefix.GetArrayLength() : 0).All(item => IsValid(value, item)),
        "contains" => items.Count(item => IsValid(value, item)) is var count
            && count >= (schema.TryGetProperty("minContains", out JsonElement min) ? min.GetInt32() : 1)
            && (!schema.TryGetProperty("maxContains", out JsonElement max) || count <= max.GetInt32()),
        _ => true,
    };

    private static bool HoldsOfString(string keyword, JsonElement value, string text) => keyword switch
    {
        "minLength" => text.EnumerateRunes().Count() >= value.GetInt32(),
        "maxLength" => text.EnumerateRunes().Count() <= value.GetInt32(),
        "pattern" => IsMatch(text, value.GetString()!),
        _ => true,
    };

    /// <summary>To ECMA-262 the end is the end, not a line's.</summary>
    private static bool IsMatch(string text, string pattern) => Regex.IsMatch(text, pattern.Replace("$", @"\z", StringComparison.Ordinal));

    private static bool HoldsOfNumber(string keyword, JsonElement value, JsonElement number) => keyword switch
    {
        "minimum" => number.GetDouble() >= value.GetDouble(),
        "maximum" => number.GetDouble() <= value.GetDouble(),
        "exclusiveMinimum" => number.GetDouble() > value.GetDouble(),
        "exclusiveMaximum" => number.GetDouble() < value.GetDouble(),
        "multipleOf" => number.TryGetDecimal(out decimal exact) && exact % value.GetDecimal() == 0,
        _ => true,
    };

    private static bool IsType(string type, JsonElement instance) => type switch
    {
        "integer" => instance.ValueKind == JsonValueKind.Number && instance.TryGetDecimal(out decimal exact) && exact % 1 == 0,
        "number" => instance.ValueKind == JsonValueKind.Number,
        "boolean" => instance.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => instance.ValueKind.ToString().Equals(type, StringComparison.OrdinalIgnoreCase),
    };

    private static bool AreEqual(JsonElement a, JsonElement b) => a.ValueKind == JsonValueKind.Number && b.ValueKind == JsonValueKind.Number
        ? a.GetDouble().Equals(b.GetDouble()) : JsonElement.DeepEquals(a, b);
}
