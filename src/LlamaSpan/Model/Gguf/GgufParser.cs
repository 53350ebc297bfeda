using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>Turns the bytes of a header into a <see cref="GgufFile"/>, refusing what ggml's own reader (ggml/src/gguf.cpp) would choke on.</summary>
internal static class GgufParser
{
    /// <summary>Most keys and most tensors accepted. ggml compares each name with all before it; files in use have a few thousand.</summary>
    public const int MaxEntries = 1 << 16;

    private const int MaxKeyBytes = 65535;         // the format's own limit
    private const int MaxTensorNameBytes = NativeMethods.GGML_MAX_NAME - 1;     // without the NUL at its end
    private const int DefaultAlignment = 32;
    private const string AlignmentKey = "general.alignment";

    private static ReadOnlySpan<byte> Magic => "GGUF"u8;

    public static GgufFile Parse(GgufHeaderReader reader)
    {
        int version = ReadVersion(reader);
        long tensorCount = ReadEntryCount(reader, "the number of tensors", minBytesEach: 24);
        long keyCount = ReadEntryCount(reader, "the number of metadata keys", minBytesEach: 13);
        List<Entry> entries = ReadEntries(reader, (int)keyCount);
        GgufTensor[] tensors = ReadTensors(reader, (int)tensorCount);
        int headerEnd = reader.Position;
        GgufMetadata metadata = Materialize(reader, entries);
        int alignment = AlignmentOf(reader, metadata);
        long dataOffset = tensors.Length == 0 ? headerEnd : (headerEnd + (long)alignment - 1) & -(long)alignment;
        return new GgufFile(reader.Path, reader.Length, version, metadata, tensors, (alignment, dataOffset));
    }

    private static int ReadVersion(GgufHeaderReader reader)
    {
        if (reader.Length == 0)
            throw new ModelLoadException(ModelLoadFailure.Truncated, reader.Path, "the file is empty.");
        if (reader.Length < Magic.Length)
            throw new ModelLoadException(ModelLoadFailure.Truncated, reader.Path, $"the file has {reader.Length} bytes, too few for a GGUF.");
        reader.Skip(Magic.Length, "the magic");
        ReadOnlySpan<byte> magic = reader.Bytes(0, Magic.Length).Span;
        if (!magic.SequenceEqual(Magic))
        {
            throw new ModelLoadException(
                ModelLoadFailure.NotGguf, reader.Path, $"it is not a GGUF: it begins with the bytes {Convert.ToHexString(magic)}, not 47475546 (GGUF).");
        }
        uint version = reader.ReadUInt32("the version");
        if (version is 2 or 3)
            return (int)version;
        throw new ModelLoadException(
            ModelLoadFailure.UnsupportedVersion,
            reader.Path,
            BinaryPrimitives.ReverseEndianness(version) is 1 or 2 or 3
                ? "it is a big-endian GGUF; only little-endian ones are read."
                : $"it is GGUF version {version}; versions 2 and 3 are read.");
    }

    private static long ReadEntryCount(GgufHeaderReader reader, string what, int minBytesEach)
    {
        int at = reader.Position;
        long count = reader.ReadCount(what);
        if (count > MaxEntries)
            throw reader.Malformed(at, $"{what} is {count}; at most {MaxEntries} are read");
        if (count * minBytesEach > reader.Remaining)
        {
            throw new ModelLoadException(
                ModelLoadFailure.Truncated, reader.Path, $"at byte {at}, {what} is {count}, too many for the {reader.Remaining} bytes that follow.");
        }
        return count;
    }

    private static List<Entry> ReadEntries(GgufHeaderReader reader, int count)
    {
        List<Entry> entries = new(count);
        for (int i = 0; i < count; i++)
        {
            reader.Subject = "";
            int keyAt = reader.Position;
            string key = reader.ReadName(MaxKeyBytes, $"metadata key {i}");
            reader.Subject = key;
            GgufValueType type = ReadType(reader, allowArray: true);
            if (type != GgufValueType.Array)
            {
                int at = reader.Position;
                entries.Add(type == GgufValueType.String
                    ? new Entry(key, keyAt, type, false, 1, at + sizeof(ulong), reader.SkipString("the value"))
                    : new Entry(key, keyAt, type, false, 1, at, SkipScalars(reader, type, 1)));
                continue;
            }
            entries.Add(ReadArray(reader, key, keyAt));
        }
        reader.Subject = "";
        return entries;
    }

    private static Entry ReadArray(GgufHeaderReader reader, string key, int keyAt)
    {
        GgufValueType type = ReadType(reader, allowArray: false);
        int countAt = reader.Position;
        long count = reader.ReadCount("the length of an array");
        int minBytesEach = type == GgufValueType.String ? sizeof(ulong) : SizeOf(type);
        if (count > reader.Remaining / minBytesEach || count > GgufHeaderReader.MaxHeaderBytes)
        {
            throw new ModelLoadException(
                ModelLoadFailure.Truncated,
                reader.Path,
                $"at byte {countAt}, the array of key '{key}' is said to have {count} elements, too many for the {reader.Remaining} bytes that follow.");
        }
        int at = reader.Position;
        if (type == GgufValueType.String)
            reader.SkipStrings(count, "a string in the array");
        else
            SkipScalars(reader, type, count);
        return new Entry(key, keyAt, type, true, (int)count, at, reader.Position - at);
    }

    private static GgufValueType ReadType(GgufHeaderReader reader, bool allowArray)
    {
        int at = reader.Position;
        uint type = reader.ReadUInt32("the type");
        if (type > (uint)GgufValueType.Float64)
            throw reader.Malformed(at, $"key '{reader.Subject}' has the unknown value type {type}");
        if (type == (uint)GgufValueType.Array && !allowArray)
            throw reader.Malformed(at, $"key '{reader.Subject}' holds an array of arrays");
        return (GgufValueType)type;
    }

    private static int SkipScalars(GgufHeaderReader reader, GgufValueType type, long count)
    {
        long bytes = SizeOf(type) * count;
        reader.Skip(bytes, "the value");
        return (int)bytes;
    }

    private static int SizeOf(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Boolean => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        _ => 8,
    };

    private static GgufTensor[] ReadTensors(GgufHeaderReader reader, int count)
    {
        GgufTensor[] tensors = new GgufTensor[count];
        HashSet<string> names = new(count, StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            reader.Subject = "";
            GgufTensor tensor = ReadTensor(reader, i);
            if (!names.Add(tensor.Name))
                throw reader.Malformed(tensor.EntryOffset, $"there is a second tensor of the name '{tensor.Name}'");
            tensors[i] = tensor;
        }
        return tensors;
    }

    private static GgufTensor ReadTensor(GgufHeaderReader reader, int index)
    {
        int at = reader.Position;
        string name = reader.ReadName(MaxTensorNameBytes, $"the name of tensor {index}");
        reader.Subject = name;
        uint dimensions = reader.ReadUInt32("the number of dimensions");
        if (dimensions > GgufTensor.MaxDimensions)
            throw reader.Malformed(at, $"tensor '{name}' has {dimensions} dimensions; ggml has at most {GgufTensor.MaxDimensions}");
        long[] shape = new long[dimensions];
        for (int i = 0; i < shape.Length; i++)
            shape[i] = reader.ReadCount($"an extent of tensor '{name}'");
        TensorType type = (TensorType)reader.ReadUInt32("the element type");
        long offset = reader.ReadCount($"the offset of tensor '{name}'");
        (int blockElements, _) = type.Block();
        if (blockElements == 0)
            throw reader.Malformed(at, $"tensor '{name}' has the unknown or retired element type {(uint)type}");
        GgufTensor tensor = new(name, type, shape, offset, at);
        if (!tensor.IsRepresentable)
            throw reader.Malformed(at, $"tensor '{name}' has more elements than can be counted: [{string.Join(", ", shape)}]");
        if (tensor.Extent(0) % blockElements != 0)
        {
            throw reader.Malformed(
                at, $"tensor '{name}' has rows of {tensor.Extent(0)} elements, but {type} is stored in blocks of {blockElements}");
        }
        return tensor;
    }

    private static GgufMetadata Materialize(GgufHeaderReader reader, List<Entry> entries)
    {
        GgufMetadata metadata = new(entries.Count, reader.Rented);
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(entries))
        {
            GgufValue value = new(entry.Type, entry.IsArray, entry.Count, entry.Offset, reader.Bytes(entry.Offset, entry.ByteCount));
            if (!metadata.TryAdd(entry.Key, value))
                throw reader.Malformed(entry.KeyOffset, $"the metadata key '{entry.Key}' is there twice");
        }
        return metadata;
    }

    private static int AlignmentOf(GgufHeaderReader reader, GgufMetadata metadata)
    {
        if (!metadata.TryGetValue(AlignmentKey, out GgufValue value))
            return DefaultAlignment;
        if (value.IsArray || value.Type != GgufValueType.UInt32)
            throw reader.Malformed(value.Offset, $"key '{AlignmentKey}' must be a UInt32");
        long alignment = value.AsInt64();
        return alignment is > 0 and <= 1 << 30 && BitOperations.IsPow2(alignment)
            ? (int)alignment
            : throw reader.Malformed(value.Offset, $"key '{AlignmentKey}' is {alignment}, not a power of two up to {1 << 30}");
    }

    /// <summary>A metadata entry by place; its bytes are taken when the whole header is read, because the buffer moves as it grows.</summary>
    private readonly record struct Entry(string Key, int KeyOffset, GgufValueType Type, bool IsArray, int Count, int Offset, int ByteCount);
}
