using System.Text.Json;

namespace LlamaSpan;

/// <summary>The drafts of JSON Schema, as far as they read the same schema differently.</summary>
internal enum SchemaDialect
{
    /// <summary>No <c>$schema</c>: 2020-12 plus draft 7's spellings.</summary>
    Mixed,

    /// <summary>Draft 4: draft 7 with <c>id</c>.</summary>
    Draft4,

    /// <summary>Drafts 6 and 7.</summary>
    Draft7,

    /// <summary>2019-09.</summary>
    Draft2019,

    /// <summary>2020-12.</summary>
    Draft2020,
}

/// <summary>What differs between dialects.</summary>
internal static class SchemaDialects
{
    /// <exception cref="GrammarException"><c>$schema</c> names a dialect that is not known.</exception>
    public static SchemaDialect Of(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("$schema", out JsonElement schema))
            return SchemaDialect.Mixed;
        string uri = schema.ValueKind == JsonValueKind.String ? schema.GetString()! : "";
        string key = uri.TrimEnd('#').Replace("https://", "http://", StringComparison.Ordinal);
        return key switch
        {
            "http://json-schema.org/draft-04/schema" => SchemaDialect.Draft4,
            "http://json-schema.org/draft-06/schema" or "http://json-schema.org/draft-07/schema" => SchemaDialect.Draft7,
            "http://json-schema.org/draft/2019-09/schema" => SchemaDialect.Draft2019,
            "http://json-schema.org/draft/2020-12/schema" => SchemaDialect.Draft2020,
            "http://json-schema.org/schema" => SchemaDialect.Mixed,
            _ => throw new GrammarException($"the dialect '{uri}' is not known", "/$schema", "$schema"),
        };
    }

    /// <summary>Whether the keywords beside a <c>$ref</c> count.</summary>
    public static bool KeepsSiblings(this SchemaDialect dialect) => dialect is SchemaDialect.Mixed or >= SchemaDialect.Draft2019;

    public static bool HasDependencies(this SchemaDialect dialect) => dialect <= SchemaDialect.Draft7;

    public static bool HasModern(this SchemaDialect dialect) => dialect is SchemaDialect.Mixed or >= SchemaDialect.Draft2019;

    public static bool HasPrefixItems(this SchemaDialect dialect) => dialect is SchemaDialect.Mixed or SchemaDialect.Draft2020;

    public static string IdKeyword(this SchemaDialect dialect) => dialect == SchemaDialect.Draft4 ? "id" : "$id";
}
