using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace LlamaSpan;

/// <summary>How enumerations are spelled: by name or by number, flags as a list of names or as a sum.</summary>
internal static class EnumForms
{
    /// <param name="type">The enumeration.</param>
    /// <param name="info">Its metadata, or that of its nullable form.</param>
    /// <param name="exported">What the exporter made of it: names, a string or an integer.</param>
    /// <param name="typeConverter">False if a property's own converter reads it.</param>
    /// <param name="pointer">The place, for errors.</param>
    public static JsonObject Of(Type type, JsonTypeInfo info, JsonNode exported, bool typeConverter, string pointer)
    {
        if (exported["enum"] is JsonArray names)
            return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. names.Where(n => n is not null).Select(n => n!.DeepClone())]) };
        bool flags = type.IsDefined(typeof(FlagsAttribute), inherit: false);
        if (exported["type"] is JsonValue kind && kind.GetValue<string>() == "string" || exported["type"] is JsonArray kinds && kinds.Any(k => k!.GetValue<string>() == "string"))
        {
            if (!flags || !typeConverter)
                throw new GrammarException($"the names of {type} are not known: put its converter on the type, not on the property", pointer);
            return FlagNames(type, info);
        }
        return flags ? ClrForms.Of(Enum.GetUnderlyingType(type))! : Numbers(type);
    }

    /// <summary>One value of a property's enumeration; null if it is none, or may be spelled in several ways.</summary>
    public static JsonObject? Of(object value, JsonPropertyInfo property)
    {
        Type type = value.GetType();
        if (!type.IsEnum || type.IsDefined(typeof(FlagsAttribute), inherit: false) || property.CustomConverter is not null)
            return null;
        JsonElement written = JsonSerializer.SerializeToElement(value, property.Options.GetTypeInfo(type));
        return written.ValueKind == JsonValueKind.String ? new JsonObject { ["enum"] = new JsonArray(written.GetString()) } : ClrForms.Exactly(written.GetRawText());
    }

    /// <summary>The names of a dictionary's keys.</summary>
    public static JsonObject Names(Type type, JsonTypeInfo info)
    {
        if (info.Options.DictionaryKeyPolicy is not null)
            throw new GrammarException($"{type} as a property's name under a naming policy");
        JsonNode[] names = info.GetJsonSchemaAsNode()["enum"] is JsonArray listed
            ? [.. listed.Select(name => name!.DeepClone())]
            : [.. Enum.GetNames(type).Select(name => (JsonNode)name)];
        return new JsonObject { ["enum"] = new JsonArray(names) };
    }

    private static JsonObject Numbers(Type type)
    {
        var choices = new JsonArray();
        foreach (object value in Enum.GetValuesAsUnderlyingType(type))
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture)!;
            choices.Add((JsonNode)new JsonObject { ["minimum"] = ClrForms.Number(text), ["maximum"] = ClrForms.Number(text) });
        }
        JsonObject schema = ClrForms.Of(Enum.GetUnderlyingType(type))!;
        schema["anyOf"] = choices; // not enum: that would admit 1.0 for 1
        return schema;
    }

    /// <summary>Names with ", " between them, as written: the names come from the converter itself.</summary>
    private static JsonObject FlagNames(Type type, JsonTypeInfo info)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (object value in Enum.GetValuesAsUnderlyingType(type))
            if (JsonSerializer.SerializeToElement(Enum.ToObject(type, value), info) is { ValueKind: JsonValueKind.String } name)
                names.UnionWith(name.GetString()!.Split(", "));
        string one = $"({string.Join('|', names.Select(Regex.Escape))})";
        return new JsonObject { ["type"] = "string", ["pattern"] = $"^{one}(, {one}){{0,{Math.Max(names.Count - 1, 0)}}}$" };
    }
}
