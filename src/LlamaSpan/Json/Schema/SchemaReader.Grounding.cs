using System.Text.Json;

namespace LlamaSpan;

/// <content>Strings that must come from given texts.</content>
internal sealed partial class SchemaReader
{
    private void ReadGrounding(SchemaPlace place, List<Expr> parts)
    {
        if (!place.Element.TryGetProperty(GroundedKeyword, out JsonElement grounded))
            return;
        JsonProperty? only = grounded.ValueKind == JsonValueKind.Object && grounded.EnumerateObject().ToArray() is [var property] ? property : null;
        if (only is not { Name: "in" or "values", Value: { ValueKind: JsonValueKind.String } source })
            throw new GrammarException($"{GroundedKeyword} must be of the form {{\"in\": name}} or {{\"values\": place}}", place.Pointer, GroundedKeyword);
        foreach (string other in (ReadOnlySpan<string>)["pattern", "format", "enum", "const"])
            if (place.Element.TryGetProperty(other, out _))
                throw new GrammarException($"cannot enforce {GroundedKeyword} beside {other}", place.Pointer, GroundedKeyword);
        string name = StringOf(source, place, GroundedKeyword);
        if (only.Value.Name == "values")
        {
            CheckPlace(place, name);
            _pool.RepeatsValues = true;
            parts.Add(_pool.Grounded(name));
            return;
        }
        if (name.StartsWith('/'))
            throw new GrammarException($"the name of texts begins with no slash: '{name}'", place.Pointer, GroundedKeyword);
        _pool.GroundedSources.Add((name, Count(place, "minLength") ?? 0));
        parts.Add(_pool.Grounded(name));
    }

    /// <summary>
    /// Refuses a place that might hold no value by the time one must be repeated: it must lie in a property of the root that comes before, is
    /// required, and has at least one string there.
    /// </summary>
    private void CheckPlace(SchemaPlace use, string text)
    {
        var place = new JsonPlace(text);
        JsonElement root = _document.Root.Element;
        if (_options.PropertyOrder != JsonPropertyOrder.Schema)
            throw Refused("without properties in the schema's order");
        if (root.GetRawText() is var json && (json.Contains("\"$ref\"", StringComparison.Ordinal) || json.Contains("Ref\"", StringComparison.Ordinal)))
            throw Refused("in a schema with references");
        foreach (JsonProperty keyword in root.EnumerateObject()) // others might ask for another order
            if (keyword.Name is not ("type" or "properties" or "required" or "additionalProperties" or "title" or "description" or "$schema" or "$id" or "$comment"))
                throw Refused($"beside '{keyword.Name}' at the root");
        string[] parts = use.Pointer.Split('/');
        if (!text.StartsWith('/') || parts is not ["", "properties", var user, ..] || place.Segments[0] == Unescaped(user) || !Precedes(root, place.Segments[0], Unescaped(user)))
            throw Refused($"of '{text}', which is in no property of the root before this one");
        JsonElement at = root;
        foreach (string segment in place.Segments)
        {
            bool isItem = segment == "*" && Is(at, "array");
            if (isItem ? !(at.TryGetProperty("minItems", out JsonElement min) && min.ValueKind == JsonValueKind.Number && min.GetDouble() >= 1 && at.TryGetProperty("items", out at))
                : !(Is(at, "object") && IsRequired(at, segment) && at.TryGetProperty("properties", out JsonElement all) && all.TryGetProperty(segment, out at)))
                throw Refused($"of '{text}', which might hold none: what leads there must be required, and arrays have minItems");
        }
        if (!Is(at, "string"))
            throw Refused($"of '{text}', which are not strings alone");

        GrammarException Refused(string why) => new($"cannot enforce the values {why}", use.Pointer, GroundedKeyword);
    }

    private static string Unescaped(string part) => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private static bool Is(JsonElement schema, string type) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out JsonElement t) && t.ValueKind == JsonValueKind.String && t.GetString() == type;

    private static bool IsRequired(JsonElement schema, string name) =>
        schema.TryGetProperty("required", out JsonElement names) && names.ValueKind == JsonValueKind.Array
        && names.EnumerateArray().Any(n => n.ValueKind == JsonValueKind.String && n.GetString() == name);

    private static bool Precedes(JsonElement schema, string first, string second)
    {
        if (!schema.TryGetProperty("properties", out JsonElement properties) || properties.ValueKind != JsonValueKind.Object)
            return false;
        string[] names = [.. properties.EnumerateObject().Select(p => p.Name)];
        return Array.IndexOf(names, first) is >= 0 and int at && at < Array.IndexOf(names, second);
    }

    /// <summary>Which texts there are is not known when a schema is compiled, so what must not hold cannot be told either.</summary>
    private static void CheckGrounding(ExprPool pool)
    {
        if (!pool.HasGrounded)
            return;
        foreach (Expr expr in pool.Made.ToArray())
            if (expr is Expr.Not or Expr.ExactlyOne && HoldsGrounded(expr, []))
                throw new GrammarException($"cannot enforce {GroundedKeyword} below not, oneOf, if or a maximum of contains", "", GroundedKeyword);
    }

    private static bool HoldsGrounded(Expr expr, HashSet<Expr> seen) => seen.Add(expr) && expr switch
    {
        Expr.Grounded => true,
        Expr.All a => a.Parts.Any(p => HoldsGrounded(p, seen)),
        Expr.Any a => a.Parts.Any(p => HoldsGrounded(p, seen)),
        Expr.ExactlyOne o => o.Parts.Any(p => HoldsGrounded(p, seen)),
        Expr.Not n => HoldsGrounded(n.Inner, seen),
        Expr.Reference r => r.Slot.Target is { } target && HoldsGrounded(target, seen),
        Expr.Keys k => HoldsGrounded(k.Schema, seen),
        Expr.Items i => HoldsGrounded(i.Schema, seen),
        Expr.Contains c => HoldsGrounded(c.Schema, seen),
        _ => false,
    };
}
