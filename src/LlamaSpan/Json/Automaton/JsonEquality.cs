using System.Text;
using System.Text.Json;

namespace LlamaSpan;

/// <summary>Equality of JSON values as JSON Schema means it: numbers by value, strings by their characters, objects whatever their order.</summary>
internal static class JsonEquality
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1001 };

    public static bool AreEqual(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.SequenceEqual(b))
            return true;
        if (a[0] != b[0] || a[0] is not ((byte)'{' or (byte)'['))
            return false; // scalars are spelled in one way
        using JsonDocument first = JsonDocument.Parse(a.ToArray(), Deep), second = JsonDocument.Parse(b.ToArray(), Deep);
        return JsonElement.DeepEquals(first.RootElement, second.RootElement);
    }

    /// <summary>Equal values have equal hashes.</summary>
    public static int HashOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1001 });
        reader.Read();
        return HashOf(ref reader);
    }

    private static int HashOf(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                int members = 1;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    int name = HashOfText(ref reader);
                    reader.Read();
                    members += HashCode.Combine(name, HashOf(ref reader)); // whatever the order
                }
                return members;
            case JsonTokenType.StartArray:
                int items = 2;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items = HashCode.Combine(items, HashOf(ref reader));
                return items;
            case JsonTokenType.String:
                return HashOfText(ref reader);
            case JsonTokenType.Number:
                return reader.GetDouble() is var number && number == 0 ? 0 : number.GetHashCode(); // 0 and -0
            default:
                return (int)reader.TokenType;
        }
    }

    private static int HashOfText(ref Utf8JsonReader reader)
    {
        HashCode hash = default;
        if (reader.ValueIsEscaped)
            hash.AddBytes(Encoding.UTF8.GetBytes(reader.GetString()!));
        else
            hash.AddBytes(reader.ValueSpan);
        return hash.ToHashCode();
    }
}
