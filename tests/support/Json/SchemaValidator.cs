using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlamaSpan.TestSupport;

/// <summary>
/// The common keywords of JSON Schema 2020-12 as the specification words them, one after another: a check on grammars that shares nothing with
/// them. Patterns must mean the same to .NET as to ECMA-262.
/// </summary>
public sealed class SchemaValidator
{
    private const int MaxDepth = 500;

    private readonly JsonElement _root;
    private int _depth;

    private SchemaValidator(JsonElement root) => _root = root;

    /// <summary>Whether an instance satisfies a schema.</summary>
    /// <exception cref="InvalidOperationException">The schema refers to itself without end.</exception>
    public static bool IsValid(JsonElement schema, JsonElement instance) => new SchemaValidator(schema).Satisfies(schema, instance);

    private bool Satisfies(JsonElement schema, JsonElement instance)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return schema.ValueKind == JsonValueKind.True;
        if (_depth == MaxDepth)
            throw new InvalidOperationException("The schema refers to itself without end.");
        _depth++;
        bool holds = schema.EnumerateObject().All(keyword => Holds(keyword.Name, keyword.Value, schema, instance));
        _depth--;
        return holds;
    }

    private bool Holds(string keyword, JsonElement value, JsonElement schema, JsonElement instance) => keyword switch
    {
        "type" => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Any(t => IsType(t.GetString()!, instance)) : IsType(value.GetString()!, instance),
        "enum" => value.EnumerateArray().Any(v => AreEqual(v, instance)),
        "const" => AreEqual(value, instance),
        "allOf" => value.EnumerateArray().All(s => Satisfies(s, instance)),
        "anyOf" => value.EnumerateArray().Any(s => Satisfies(s, instance)),
        "oneOf" => value.EnumerateArray().Count(s => Satisfies(s, instance)) == 1,
        "not" => !Satisfies(value, instance),
        "$ref" => Satisfies(Find(value.GetString()!), instance),
        "dependentSchemas" => Dependent(value, instance).All(s => Satisfies(s, instance)),
        "unevaluatedProperties" => instance.ValueKind != JsonValueKind.Object
            || EvaluatedNames(schema, instance, within: false) is var names && instance.EnumerateObject().All(p => names.Contains(p.Name) || Satisfies(value, p.Value)),
        "unevaluatedItems" => instance.ValueKind != JsonValueKind.Array
            || EvaluatedItems(schema, instance, within: false) is var items && instance.EnumerateArray().Index().All(i => items.Contains(i.Index) || Satisfies(value, i.Item)),
        "if" => !schema.TryGetProperty(Satisfies(value, instance) ? "then" : "else", out JsonElement branch) || Satisfies(branch, instance),
        _ => instance.ValueKind switch
        {
            JsonValueKind.Object => HoldsOfObject(keyword, value, schema, [.. instance.EnumerateObject()]),
            JsonValueKind.Array => HoldsOfArray(keyword, value, schema, [.. instance.EnumerateArray()]),
            JsonValueKind.String => HoldsOfString(keyword, value, instance.GetString()!),
            JsonValueKind.Number => HoldsOfNumber(keyword, value, instance),
            _ => true,
        },
    };

    private bool HoldsOfObject(string keyword, JsonElement value, JsonElement schema, JsonProperty[] properties) => keyword switch
    {
        "required" => value.EnumerateArray().All(name => properties.Any(p => p.Name == name.GetString())),
        "minProperties" => properties.Length >= value.GetInt32(),
        "maxProperties" => properties.Length <= value.GetInt32(),
        "properties" => properties.All(p => !value.TryGetProperty(p.Name, out JsonElement s) || Satisfies(s, p.Value)),
        "patternProperties" => value.EnumerateObject().All(s => properties.All(p => !IsMatch(p.Name, s.Name) || Satisfies(s.Value, p.Value))),
        "additionalProperties" => properties.All(p => IsListed(schema, p.Name) || Satisfies(value, p.Value)),
        "propertyNames" => properties.All(p => Satisfies(value, JsonSerializer.SerializeToElement(p.Name))),
        "dependentRequired" => value.EnumerateObject().All(d => properties.All(p => p.Name != d.Name)
            || d.Value.EnumerateArray().All(name => properties.Any(p => p.Name == name.GetString()))),
        _ => true,
    };

    /// <summary>The schemas that properties of an object bring with them.</summary>
    private static IEnumerable<JsonElement> Dependent(JsonElement schemas, JsonElement instance) => instance.ValueKind != JsonValueKind.Object ? []
        : schemas.EnumerateObject().Where(d => instance.TryGetProperty(d.Name, out _)).Select(d => d.Value);

    /// <summary>What a reference means, of the form <c>#/$defs/name</c> or <c>#</c>.</summary>
    private JsonElement Find(string reference) => reference.Split('/').Skip(1).Aggregate(_root, (at, name) => at.GetProperty(name));

    /// <summary>The schemas applied in place that an instance satisfies: what they evaluate counts.</summary>
    private IEnumerable<JsonElement> InPlace(JsonElement schema, JsonElement instance)
    {
        List<JsonElement> schemas = [];
        foreach (JsonProperty keyword in schema.EnumerateObject())
            switch (keyword.Name)
            {
                case "allOf" or "anyOf" or "oneOf": schemas.AddRange(keyword.Value.EnumerateArray()); break;
                case "$ref": schemas.Add(Find(keyword.Value.GetString()!)); break;
                case "dependentSchemas": schemas.AddRange(Dependent(keyword.Value, instance)); break;
                case "if":
                    schemas.Add(keyword.Value);
                    if (schema.TryGetProperty(Satisfies(keyword.Value, instance) ? "then" : "else", out JsonElement branch))
                        schemas.Add(branch);
                    break;
            }
        return schemas.Where(s => s.ValueKind == JsonValueKind.Object && Satisfies(s, instance));
    }

    private HashSet<string> EvaluatedNames(JsonElement schema, JsonElement instance, bool within)
    {
        bool all = schema.TryGetProperty("additionalProperties", out _) || (within && schema.TryGetProperty("unevaluatedProperties", out _));
        return
        [
            .. instance.EnumerateObject().Select(p => p.Name).Where(name => all || IsListed(schema, name)),
            .. InPlace(schema, instance).SelectMany(s => EvaluatedNames(s, instance, within: true)),
        ];
    }

    private HashSet<int> EvaluatedItems(JsonElement schema, JsonElement instance, bool within)
    {
        bool all = schema.TryGetProperty("items", out _) || (within && schema.TryGetProperty("unevaluatedItems", out _));
        int prefix = schema.TryGetProperty("prefixItems", out JsonElement items) ? items.GetArrayLength() : 0;
        bool contains = schema.TryGetProperty("contains", out JsonElement contained);
        return
        [
            .. instance.EnumerateArray().Index().Where(i => all || i.Index < prefix || (contains && Satisfies(contained, i.Item))).Select(i => i.Index),
            .. InPlace(schema, instance).SelectMany(s => EvaluatedItems(s, instance, within: true)),
        ];
    }

    private static bool IsListed(JsonElement schema, string name) =>
        (schema.TryGetProperty("properties", out JsonElement properties) && properties.TryGetProperty(name, out _))
        || (schema.TryGetProperty("patternProperties", out JsonElement patterns) && patterns.EnumerateObject().Any(p => IsMatch(name, p.Name)));

    private bool HoldsOfArray(string keyword, JsonElement value, JsonElement schema, JsonElement[] items) => keyword switch
    {
        "minItems" => items.Length >= value.GetInt32(),
        "maxItems" => items.Length <= value.GetInt32(),
        "uniqueItems" => !value.GetBoolean() || !items.Where((item, i) => items.Take(i).Any(before => AreEqual(before, item))).Any(),
        "prefixItems" => items.Zip(value.EnumerateArray()).All(pair => Satisfies(pair.Second, pair.First)),
        "items" => items.Skip(schema.TryGetProperty("prefixItems", out JsonElement prefix) ? prefix.GetArrayLength() : 0).All(item => Satisfies(value, item)),
        "contains" => items.Count(item => Satisfies(value, item)) is var count
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
