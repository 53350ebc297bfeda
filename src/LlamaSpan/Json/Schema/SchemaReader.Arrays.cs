using System.Text.Json;

namespace LlamaSpan;

/// <content>Keywords about arrays.</content>
internal sealed partial class SchemaReader
{
    private void ReadArrays(SchemaPlace place, List<Expr> parts)
    {
        int prefix = 0;
        List<Expr> listed = [];
        Expr? rest = null;
        bool hasItems = place.Element.TryGetProperty("items", out JsonElement items);
        bool tuple = hasItems && items.ValueKind == JsonValueKind.Array;
        if (tuple && _dialect == SchemaDialect.Draft2020)
            throw new GrammarException("items must be a schema; an array of them is prefixItems", place.Pointer, "items");
        string? prefixKeyword = tuple ? "items" : _dialect.HasPrefixItems() && place.Element.TryGetProperty("prefixItems", out _) ? "prefixItems" : null;
        if (prefixKeyword is not null)
            foreach (Expr item in listed = Schemas(place, prefixKeyword)!)
                parts.Add(_pool.Items(prefix, ++prefix, item));
        if (tuple)
        {
            rest = Schema(place, "additionalItems");
        }
        else if (hasItems)
        {
            rest = Read(place.Child("items", items));
        }
        if (rest is not null)
            parts.Add(_pool.Items(prefix, -1, rest));
        if (Count(place, "minItems") is { } min)
            parts.Add(_pool.Length(min));
        if (Count(place, "maxItems") is { } max)
            parts.Add(_pool.Denied(_pool.Length(max + 1), JsonTypes.Array));
        Expr? contained = Schema(place, "contains");
        if (contained is not null)
        {
            bool counts = _dialect.HasModern();
            parts.Add(_pool.Contains(contained, counts ? Count(place, "minContains") ?? 1 : 1));
            if (counts && Count(place, "maxContains") is { } most)
                parts.Add(_pool.Denied(_pool.Contains(contained, most + 1), JsonTypes.Array));
        }
        if (place.Element.TryGetProperty("uniqueItems", out JsonElement unique) && unique.ValueKind == JsonValueKind.True)
        {
            parts.Add(_pool.Unique());
            _pool.UniqueItems.Add((place.Pointer, [.. listed, rest ?? ExprPool.True, .. contained is null ? (Expr[])[] : [contained]]));
        }
    }
}
