using System.Text.Json;

namespace LlamaSpan;

/// <content>Keywords about objects.</content>
internal sealed partial class SchemaReader
{
    private void ReadObjects(SchemaPlace place, List<Expr> parts)
    {
        JsonElement schema = place.Element;
        var names = new HashSet<string>();
        var patterns = new List<StringLanguage>();
        if (Members(place, "properties") is { } properties)
            foreach (JsonProperty property in properties)
            {
                names.Add(property.Name);
                parts.Add(_pool.Keys(new KeyClass.Name(property.Name, names.Count), Read(place.Child("properties", schema).Child(property.Name, property.Value))));
            }
        if (Members(place, "patternProperties") is { } patterned)
            foreach (JsonProperty property in patterned)
            {
                SchemaPlace at = place.Child("patternProperties", schema).Child(property.Name, property.Value);
                patterns.Add(Pattern(property.Name, at, "patternProperties"));
                parts.Add(_pool.Keys(new KeyClass.Matching(patterns[^1]), Read(at)));
            }
        if (Schema(place, "additionalProperties") is { } additional)
            parts.Add(_pool.Keys(new KeyClass.Rest(names, [.. patterns]), additional));
        if (schema.TryGetProperty("required", out JsonElement required))
            foreach (string name in Names(place, required, "required"))
                parts.Add(_pool.Required(name));
        if (Schema(place, "propertyNames") is { } keys)
            parts.Add(_pool.Keys(new KeyClass.Failing(Refusing(place, "propertyNames", () => Languages.TextOf(_pool, keys))), ExprPool.False));
        if (Count(place, "minProperties") is { } min)
            parts.Add(_pool.Size(min));
        if (Count(place, "maxProperties") is { } max)
            parts.Add(_pool.Denied(_pool.Size(max + 1), JsonTypes.Object));
        ReadDependencies(place, parts);
    }

    private void ReadDependencies(SchemaPlace place, List<Expr> parts)
    {
        foreach (string keyword in (ReadOnlySpan<string>)["dependentRequired", "dependentSchemas", "dependencies"])
        {
            if (keyword == "dependencies" ? !_dialect.HasDependencies() : !_dialect.HasModern())
                continue;
            foreach (JsonProperty property in Members(place, keyword) ?? [])
            {
                SchemaPlace at = place.Child(keyword, place.Element).Child(property.Name, property.Value);
                Expr consequence = property.Value.ValueKind == JsonValueKind.Array
                    ? _pool.All([.. Names(at, property.Value, keyword).Select(_pool.Required)])
                    : Read(at);
                Expr absent = _pool.Keys(new KeyClass.Name(property.Name), ExprPool.False);
                parts.Add(_pool.Any(absent, consequence));
            }
        }
    }

    private static List<JsonProperty>? Members(SchemaPlace place, string keyword)
    {
        if (!place.Element.TryGetProperty(keyword, out JsonElement element))
            return null;
        if (element.ValueKind != JsonValueKind.Object)
            throw new GrammarException($"{keyword} must be an object", place.Pointer, keyword);
        var members = new List<JsonProperty>();
        foreach (JsonProperty property in element.EnumerateObject())
            members.Add(property);
        return members;
    }

    private static List<string> Names(SchemaPlace place, JsonElement list, string keyword)
    {
        if (list.ValueKind != JsonValueKind.Array)
            throw new GrammarException($"{keyword} must be an array of names", place.Pointer, keyword);
        var names = new List<string>();
        foreach (JsonElement name in list.EnumerateArray())
            names.Add(name.ValueKind == JsonValueKind.String ? StringOf(name, place, keyword)
                : throw new GrammarException($"{keyword} must be an array of names", place.Pointer, keyword));
        return names;
    }
}
