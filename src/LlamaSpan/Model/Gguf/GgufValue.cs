using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace LlamaSpan;

/// <summary>One metadata value of a GGUF file: a scalar, a string or an array. Arrays stay in the file's bytes until asked for.</summary>
public readonly struct GgufValue
{
    private readonly ReadOnlyMemory<byte> _bytes;

    internal GgufValue(GgufValueType type, bool isArray, int count, long offset, ReadOnlyMemory<byte> bytes) =>
        (Type, IsArray, Count, Offset, _bytes) = (type, isArray, count, offset, bytes);

    /// <summary>Type of the value, or of an array's elements.</summary>
    public GgufValueType Type { get; }

    /// <summary>True for an array, of any length.</summary>
    public bool IsArray { get; }

    /// <summary>Number of elements; 1 for what is not an array.</summary>
    public int Count { get; }

    /// <summary>Where the value (of an array: its first element) begins, in bytes from the start of the file.</summary>
    public long Offset { get; }

    /// <summary>The value's own bytes; a string's without its length.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>As <see cref="Bytes"/>, to be kept.</summary>
    internal ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>An integer of any width.</summary>
    /// <exception cref="InvalidOperationException">The value is something else.</exception>
    /// <exception cref="OverflowException">An unsigned 64-bit value above <see cref="long.MaxValue"/>.</exception>
    public long AsInt64() => (IsArray ? GgufValueType.Array : Type) switch
    {
        GgufValueType.UInt8 => Bytes[0],
        GgufValueType.Int8 => (sbyte)Bytes[0],
        GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(Bytes),
        GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(Bytes),
        GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(Bytes),
        GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(Bytes),
        GgufValueType.UInt64 => checked((long)BinaryPrimitives.ReadUInt64LittleEndian(Bytes)),
        GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(Bytes),
        _ => throw NotA("an integer"),
    };

    /// <summary>A floating-point number of either width.</summary>
    /// <exception cref="InvalidOperationException">The value is something else.</exception>
    public double AsDouble() => (IsArray ? GgufValueType.Array : Type) switch
    {
        GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(Bytes),
        GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(Bytes),
        _ => throw NotA("a floating-point number"),
    };

    /// <summary>A truth value.</summary>
    /// <exception cref="InvalidOperationException">The value is something else.</exception>
    public bool AsBoolean() => !IsArray && Type == GgufValueType.Boolean ? Bytes[0] != 0 : throw NotA("a truth value");

    /// <summary>A string's bytes, usually UTF-8; valid as long as the file object is reachable.</summary>
    /// <exception cref="InvalidOperationException">The value is something else.</exception>
    public ReadOnlySpan<byte> AsUtf8() => !IsArray && Type == GgufValueType.String ? Bytes : throw NotA("a string");

    /// <summary>A string; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="InvalidOperationException">The value is something else.</exception>
    public string AsString() => Encoding.UTF8.GetString(AsUtf8());

    /// <summary>The strings of an array.</summary>
    /// <exception cref="InvalidOperationException">The value is something else.</exception>
    public GgufStringArray AsStrings() =>
        IsArray && Type == GgufValueType.String ? new GgufStringArray(_bytes, Count) : throw NotA("an array of strings");

    /// <summary>The numbers of an array, where they lie; valid as long as the file object is reachable.</summary>
    /// <typeparam name="T">The element type: float for Float32, and so on; bool arrays are read as byte.</typeparam>
    /// <exception cref="InvalidOperationException">The value is something else.</exception>
    public ReadOnlySpan<T> AsArray<T>()
        where T : unmanaged
    {
        bool fits = IsArray && Type switch
        {
            GgufValueType.UInt8 or GgufValueType.Boolean => typeof(T) == typeof(byte),
            GgufValueType.Int8 => typeof(T) == typeof(sbyte),
            GgufValueType.UInt16 => typeof(T) == typeof(ushort),
            GgufValueType.Int16 => typeof(T) == typeof(short),
            GgufValueType.UInt32 => typeof(T) == typeof(uint),
            GgufValueType.Int32 => typeof(T) == typeof(int),
            GgufValueType.Float32 => typeof(T) == typeof(float),
            GgufValueType.UInt64 => typeof(T) == typeof(ulong),
            GgufValueType.Int64 => typeof(T) == typeof(long),
            GgufValueType.Float64 => typeof(T) == typeof(double),
            _ => false,
        };
        return fits ? MemoryMarshal.Cast<byte, T>(Bytes) : throw NotA($"an array of {typeof(T).Name}");
    }

    /// <summary>The value as text: numbers in the invariant culture, true or false, a string as it is, an array as type and length.</summary>
    public override string ToString() => (IsArray ? GgufValueType.Array : Type) switch
    {
        GgufValueType.Array => $"{Type}[{Count}]",
        GgufValueType.String => AsString(),
        GgufValueType.Boolean => AsBoolean() ? "true" : "false",
        GgufValueType.Float32 => ((float)AsDouble()).ToString(CultureInfo.InvariantCulture),
        GgufValueType.Float64 => AsDouble().ToString(CultureInfo.InvariantCulture),
        GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(Bytes).ToString(CultureInfo.InvariantCulture),
        _ => AsInt64().ToString(CultureInfo.InvariantCulture),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private InvalidOperationException NotA(string what) => new($"The value is {(IsArray ? $"an array of {Type}" : Type)}, not {what}.");
}
