using System.Text;

namespace LlamaSpan.TestSupport;

/// <summary>A metadata entry to be written: the key's bytes, the type's code and what follows it in the file, free to be wrong.</summary>
/// <param name="KeyBytes">The key.</param>
/// <param name="TypeCode">The value type's number.</param>
/// <param name="Payload">Everything behind the type's number.</param>
public sealed record GgufWriterEntry(byte[] KeyBytes, uint TypeCode, byte[] Payload)
{
    /// <summary>The key as text.</summary>
    public string Key => Encoding.UTF8.GetString(KeyBytes);

    /// <summary>An entry of a C# value: a number, bool, string, or an array of one of these.</summary>
    public static GgufWriterEntry Of(string key, object value)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        GgufValueType type = value is Array ? GgufValueType.Array : TypeOf(value.GetType());
        if (value is Array array)
        {
            writer.Write((uint)TypeOf(array.GetType().GetElementType()!));
            writer.Write((ulong)array.Length);
            foreach (object element in array)
                Write(writer, element);
        }
        else
        {
            Write(writer, value);
        }
        writer.Flush();
        return new GgufWriterEntry(Encoding.UTF8.GetBytes(key), (uint)type, stream.ToArray());
    }

    /// <summary>The entry that a value was read from.</summary>
    public static GgufWriterEntry From(string key, GgufValue value) => Of(key, (value.IsArray, value.Type) switch
    {
        (false, GgufValueType.UInt8) => (byte)value.AsInt64(),
        (false, GgufValueType.Int8) => (sbyte)value.AsInt64(),
        (false, GgufValueType.UInt16) => (ushort)value.AsInt64(),
        (false, GgufValueType.Int16) => (short)value.AsInt64(),
        (false, GgufValueType.UInt32) => (uint)value.AsInt64(),
        (false, GgufValueType.Int32) => (int)value.AsInt64(),
        (false, GgufValueType.Float32) => (float)value.AsDouble(),
        (false, GgufValueType.Boolean) => value.AsBoolean(),
        (false, GgufValueType.String) => new Utf8Text(value.AsUtf8().ToArray()),
        (false, GgufValueType.UInt64) => (ulong)value.AsInt64(),
        (false, GgufValueType.Int64) => value.AsInt64(),
        (false, _) => value.AsDouble(),
        (true, GgufValueType.UInt8) => value.AsArray<byte>().ToArray(),
        (true, GgufValueType.Boolean) => Array.ConvertAll(value.AsArray<byte>().ToArray(), flag => flag != 0),
        (true, GgufValueType.Int8) => value.AsArray<sbyte>().ToArray(),
        (true, GgufValueType.UInt16) => value.AsArray<ushort>().ToArray(),
        (true, GgufValueType.Int16) => value.AsArray<short>().ToArray(),
        (true, GgufValueType.UInt32) => value.AsArray<uint>().ToArray(),
        (true, GgufValueType.Int32) => value.AsArray<int>().ToArray(),
        (true, GgufValueType.Float32) => value.AsArray<float>().ToArray(),
        (true, GgufValueType.UInt64) => value.AsArray<ulong>().ToArray(),
        (true, GgufValueType.Int64) => value.AsArray<long>().ToArray(),
        (true, GgufValueType.Float64) => value.AsArray<double>().ToArray(),
        _ => Strings(value),
    });

    private static Utf8Text[] Strings(GgufValue value)
    {
        List<Utf8Text> texts = [];
        foreach (ReadOnlySpan<byte> text in value.AsStrings())
            texts.Add(new Utf8Text(text.ToArray()));
        return [.. texts];
    }

    private static GgufValueType TypeOf(Type type) =>
        type == typeof(byte) ? GgufValueType.UInt8
        : type == typeof(sbyte) ? GgufValueType.Int8
        : type == typeof(ushort) ? GgufValueType.UInt16
        : type == typeof(short) ? GgufValueType.Int16
        : type == typeof(uint) ? GgufValueType.UInt32
        : type == typeof(int) ? GgufValueType.Int32
        : type == typeof(float) ? GgufValueType.Float32
        : type == typeof(bool) ? GgufValueType.Boolean
        : type == typeof(string) || type == typeof(Utf8Text) ? GgufValueType.String
        : type == typeof(ulong) ? GgufValueType.UInt64
        : type == typeof(long) ? GgufValueType.Int64
        : type == typeof(double) ? GgufValueType.Float64
        : throw new ArgumentException($"GGUF has no values of type {type}.", nameof(type));

    private static void Write(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case bool flag: writer.Write(flag); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            case string text: WriteText(writer, Encoding.UTF8.GetBytes(text)); break;
            case Utf8Text text: WriteText(writer, text.Bytes); break;
            default: throw new ArgumentException($"GGUF has no values of type {value.GetType()}.", nameof(value));
        }
    }

    private static void WriteText(BinaryWriter writer, byte[] bytes)
    {
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }
}
