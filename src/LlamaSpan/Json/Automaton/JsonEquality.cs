using System.Buffers;
using System.Text.Json;

namespace LlamaSpan;

/// <summary>Equality of JSON values as JSON Schema means it: numbers by value, strings by their characters, objects whatever their order.</summary>
internal static class JsonEquality
{
    private static readonly JsonReaderOptions s_deep = new() { MaxDepth = 1001 };

    public static bool AreEqual(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.SequenceEqual(b))
            return true;
        if (a[0] != b[0] || a[0] is not ((byte)'{' or (byte)'['))
            return false; // scalars are spelled in one way
        Utf8JsonReader first = new(a, s_deep), second = new(b, s_deep);
        return first.Read() && second.Read() && AreEqual(ref first, ref second);
    }

    /// <summary>Compares the values that two readers stand at the beginning of; where they are equal both end at the values' ends.</summary>
    private static bool AreEqual(ref Utf8JsonReader a, ref Utf8JsonReader b)
    {
        if (a.TokenType != b.TokenType)
            return false;
        switch (a.TokenType)
        {
            case JsonTokenType.StartObject:
                return HaveEqualMembers(ref a, ref b);
            case JsonTokenType.StartArray:
                while (a.Read() && b.Read() && a.TokenType != JsonTokenType.EndArray)
                    if (!AreEqual(ref a, ref b))
                        return false;
                return b.TokenType == JsonTokenType.EndArray;
            case JsonTokenType.String:
                return HaveEqualText(ref a, ref b);
            case JsonTokenType.Number:
                return a.ValueSpan.SequenceEqual(b.ValueSpan) || (a.GetDouble() == b.GetDouble() && AreEqualNumbers(a.ValueSpan, b.ValueSpan));
            default:
                return true;
        }
    }

    /// <summary>Names come once, in any order.</summary>
    private static bool HaveEqualMembers(ref Utf8JsonReader a, ref Utf8JsonReader b)
    {
        Utf8JsonReader start = b;
        int members = 0;
        for (; a.Read() && a.TokenType != JsonTokenType.EndObject; members++)
        {
            Utf8JsonReader other = start;
            while (other.Read() && other.TokenType != JsonTokenType.EndObject && !HaveEqualText(ref a, ref other))
                other.Skip();
            if (other.TokenType == JsonTokenType.EndObject)
                return false;
            a.Read();
            other.Read();
            if (!AreEqual(ref a, ref other))
                return false;
        }
        for (; b.Read() && b.TokenType != JsonTokenType.EndObject; members--)
            b.Skip();
        return members == 0;
    }

    private static bool HaveEqualText(ref Utf8JsonReader a, ref Utf8JsonReader b)
    {
        if (!a.ValueIsEscaped || !b.ValueIsEscaped)
            return a.ValueIsEscaped ? a.ValueTextEquals(b.ValueSpan) : b.ValueTextEquals(a.ValueSpan);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(a.ValueSpan.Length);
        bool equal = b.ValueTextEquals(buffer.AsSpan(0, a.CopyString(buffer)));
        ArrayPool<byte>.Shared.Return(buffer);
        return equal;
    }

    private static bool AreEqualNumbers(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Utf8JsonReader first = new(a), second = new(b);
        return JsonElement.DeepEquals(JsonElement.ParseValue(ref first), JsonElement.ParseValue(ref second));
    }

    /// <summary>Equal values have equal hashes.</summary>
    public static int HashOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, s_deep);
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
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
            hash.AddBytes(buffer.AsSpan(0, reader.CopyString(buffer)));
            ArrayPool<byte>.Shared.Return(buffer);
        }
        else
        {
            hash.AddBytes(reader.ValueSpan);
        }
        return hash.ToHashCode();
    }
}
