using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LlamaSpan;

/// <summary>
/// The JSON Schema of a C# type: the framework's exporter gives its outline; this narrows it until System.Text.Json reads each instance back.
/// </summary>
internal static class TypeSchema
{
    /// <param name="type">The type.</param>
    /// <param name="order">The order of properties that instances may have.</param>
    /// <exception cref="GrammarException">A part of the type has a JSON form that is not known, or an attribute cannot be enforced.</exception>
    public static JsonNode Of(JsonTypeInfo type, JsonPropertyOrder order)
    {
        if (type.Options.ReferenceHandler is not null)
            throw new GrammarException("a ReferenceHandler gives names that begin with $ a meaning of their own");
        return type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => Narrow(context, node, order),
        });
    }

    private static JsonNode Narrow(JsonSchemaExporterContext context, JsonNode node, JsonPropertyOrder order)
    {
        if (node is JsonObject reference && reference.ContainsKey("$ref"))
            return node; // to the same property of the same type, narrowed already
        string pointer = string.Concat(context.Path.ToArray().Select(part => $"/{part.Replace("~", "~0").Replace("/", "~1")}"));
        bool nullable = AdmitsNull(node) && MayBeNull(context);
        JsonObject narrowed = Narrowed(context, node, pointer, order);
        TypeAnnotations.Describe(context.TypeInfo.Type, narrowed);
        if (context.PropertyInfo is { } property)
            TypeAnnotations.Apply(property, narrowed, pointer);
        if (nullable)
            AdmitNull(narrowed);
        return narrowed.Count == 0 ? JsonValue.Create(true) : narrowed;
    }

    private static JsonObject Narrowed(JsonSchemaExporterContext context, JsonNode node, string pointer, JsonPropertyOrder order)
    {
        JsonTypeInfo info = context.TypeInfo;
        Type type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        JsonConverter converter = context.PropertyInfo?.CustomConverter ?? info.Converter;
        if (converter.GetType().Assembly != typeof(JsonConverter).Assembly)
            throw new GrammarException($"the JSON form of {type} is not known: {converter.GetType()} reads it", pointer);
        if (type.IsEnum)
            return EnumForms.Of(type, info, node, context.PropertyInfo?.CustomConverter is null, pointer);
        if (ClrForms.Of(type) is { } form)
            return form;
        if (ClrForms.IsAnyJson(type))
            return type == typeof(JsonElement) || MayBeNull(context) ? [] : new JsonObject { ["type"] = new JsonArray("object", "array", "string", "number", "boolean") };
        if (info.Kind == JsonTypeInfoKind.None && node is not JsonObject { Count: > 0 })
            throw new GrammarException($"the JSON form of {type} is not known", pointer);
        JsonObject schema = (JsonObject)node;
        DropNull(schema);
        if (info.Kind == JsonTypeInfoKind.Object)
        {
            if (schema.ContainsKey("anyOf") && order == JsonPropertyOrder.Any && !info.Options.AllowOutOfOrderMetadataProperties)
                throw new GrammarException($"the discriminator of {type} must come first: use JsonPropertyOrder.Schema or AllowOutOfOrderMetadataProperties", pointer);
            schema["type"] = "object";
            if (schema["anyOf"] is JsonArray choices)
                LeaveOutUnmarked(info, choices);
            else if (info.CreateObject is null && info.ConstructorAttributeProvider is null && info.Properties.All(p => p.AssociatedParameter is null))
                throw Unreadable(type, pointer);
            else
                Close(info, schema, IsDerived(context) || info.PolymorphismOptions is not null);
            return schema;
        }
        if (info.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary && !CanBeFilled(info))
            throw Unreadable(type, pointer);
        if (info is { Kind: JsonTypeInfoKind.Dictionary, KeyType: { } key } && key != typeof(string))
            schema["propertyNames"] = KeyForm(key, info, pointer);
        return schema;
    }

    private static GrammarException Unreadable(Type type, string pointer) => new($"System.Text.Json cannot make a {type}: it has no constructor for that", pointer);

    /// <summary>Whether a collection can be made of JSON, which only reading one tells.</summary>
    private static bool CanBeFilled(JsonTypeInfo info)
    {
        try
        {
            JsonSerializer.Deserialize(info.Kind == JsonTypeInfoKind.Dictionary ? "{}"u8 : "[]"u8, info);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Derived types that no discriminator marks are only written: what is read becomes the base type.</summary>
    private static void LeaveOutUnmarked(JsonTypeInfo info, JsonArray choices)
    {
        IList<JsonDerivedType> derived = info.PolymorphismOptions?.DerivedTypes ?? [];
        for (int i = 0; i < derived.Count; i++)
            if (derived[i].TypeDiscriminator is null && derived[i].DerivedType != info.Type)
                choices[i]!.AsObject()["not"] = true; // stays, as others may refer to what is in it
    }

    private static JsonObject KeyForm(Type key, JsonTypeInfo info, string pointer) =>
        key.IsEnum ? EnumForms.Names(key, info.Options.GetTypeInfo(key))
        : ClrForms.OfKey(key) ?? throw new GrammarException($"the JSON form of {key} as a property's name is not known", pointer);

    /// <summary>Only properties that can be set, no others, and those required without which the object would not be whole.</summary>
    private static void Close(JsonTypeInfo info, JsonObject schema, bool polymorphic)
    {
        var properties = schema["properties"] as JsonObject ?? [];
        var required = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JsonNode? name in schema["required"] as JsonArray ?? [])
            required.Add(name!.GetValue<string>());
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (!properties.ContainsKey(property.Name))
                continue;
            if (property.Set is null && property.AssociatedParameter is null && property.ObjectCreationHandling != JsonObjectCreationHandling.Populate)
            {
                properties.Remove(property.Name);
                required.Remove(property.Name);
                continue;
            }
            if (!IsOptional(property))
                required.Add(property.Name);
            if (property.Set is null && property.AssociatedParameter is null && properties[property.Name] is JsonObject filled)
                DropNull(filled);
        }
        foreach ((string name, JsonNode? value) in properties.ToArray())
            if (value is JsonObject discriminator && discriminator["const"] is JsonValue mark)
            {
                required.Add(name);
                if (mark.GetValueKind() == JsonValueKind.Number)
                    properties[name] = ClrForms.Exactly(mark.ToJsonString());
            }
        if (required.Count > 0)
            schema["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
        else
            schema.Remove("required");
        // further properties go where there is room for them, unless their names could be read as something else
        if (polymorphic || info.Options.PropertyNameCaseInsensitive || !info.Properties.Any(property => property.IsExtensionData))
            schema["additionalProperties"] = false;
    }

    private static bool IsDerived(JsonSchemaExporterContext context) => context.BaseTypeInfo is not null;

    private static bool IsOptional(JsonPropertyInfo property) =>
        !property.IsRequired && !TypeAnnotations.IsRequired(property) && (property.AssociatedParameter?.HasDefaultValue == true
            || Nullable.GetUnderlyingType(property.PropertyType) is not null
            || (!property.PropertyType.IsValueType && property.IsSetNullable));

    private static bool MayBeNull(JsonSchemaExporterContext context) => context.Path.Length > 0
        && (context.PropertyInfo is not { } property
            || (property.IsSetNullable && property.AssociatedParameter?.IsNullable != false && !TypeAnnotations.IsRequired(property)));

    private static bool AdmitsNull(JsonNode node) => node is JsonObject schema
        && ((schema["type"] is JsonArray types && types.Any(t => t!.GetValue<string>() == "null"))
            || (schema["enum"] is JsonArray values && values.Contains(null)));

    private static void DropNull(JsonObject schema)
    {
        if (schema["type"] is JsonArray types)
        {
            string[] kept = [.. types.Select(t => t!.GetValue<string>()).Where(t => t != "null")];
            schema["type"] = kept.Length == 1 ? kept[0] : new JsonArray([.. kept.Select(t => (JsonNode)t)]);
        }
    }

    private static void AdmitNull(JsonObject schema)
    {
        if (schema["type"] is JsonValue type)
            schema["type"] = new JsonArray(type.GetValue<string>(), "null");
        if (schema["enum"] is JsonArray values)
            values.Add(null);
    }
}
