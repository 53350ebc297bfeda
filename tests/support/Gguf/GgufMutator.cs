using System.Buffers.Binary;

namespace LlamaSpan.TestSupport;

/// <summary>Damages GGUF files, seeded: bytes, lengths, and entries and tensors taken apart, changed and put together again.</summary>
public sealed class GgufMutator
{
    private static readonly ulong[] s_numbers =
        [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 513, 1023, 1024, 1025, 65535, 65536, 0x7FFFFFFF, 0x80000000,
        0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF];

    private static readonly float[] s_floats =
        [0, 1, -1, 0.5f, 1e-30f, 1e30f, float.Epsilon, float.MaxValue, float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, 10000];

    private readonly Random _random;
    private readonly byte[] _bytes;
    private readonly int _headerLength;
    private readonly GgufWriter _parts;
    private readonly string _architecture;

    /// <param name="bytes">A valid file.</param>
    /// <param name="random">Where choices come from.</param>
    public GgufMutator(byte[] bytes, Random random)
    {
        (_bytes, _random) = (bytes, random);
        GgufFile file = GgufFile.Read(bytes, "source");
        _headerLength = (int)Math.Min(file.DataOffset, bytes.Length);
        _parts = GgufWriter.From(bytes);
        _architecture = file.Metadata.TryGetString("general.architecture", out string? architecture) ? architecture : "llama";
    }

    /// <summary>A damaged copy; one in twenty or so is still valid.</summary>
    public byte[] Next() => _random.Next(10) switch
    {
        0 => Flipped(),
        1 => Overwritten(),
        2 => _random.Next(3) == 0 ? Truncated() : Spliced(),
        _ => Changed(),
    };

    private byte[] Flipped()
    {
        byte[] copy = [.. _bytes];
        for (int count = 1 << _random.Next(4); count > 0; count--)
            copy[_random.Next(_headerLength)] ^= (byte)(1 << _random.Next(8));
        return copy;
    }

    private byte[] Overwritten()
    {
        byte[] copy = [.. _bytes];
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, Pick(s_numbers));
        int width = 1 << _random.Next(4);
        number[..width].CopyTo(copy.AsSpan(_random.Next(_headerLength - 8)));
        return copy;
    }

    private byte[] Truncated() => _bytes[.._random.Next(_random.Next(2) == 0 ? _headerLength : _bytes.Length)];

    private byte[] Spliced()
    {
        byte[] copy = [.. _bytes];
        int length = 1 << _random.Next(10);
        length = Math.Min(length, _headerLength / 2);
        copy.AsSpan(_random.Next(_bytes.Length - length), length).CopyTo(copy.AsSpan(_random.Next(_headerLength - length)));
        return copy;
    }

    private byte[] Changed()
    {
        GgufWriter writer = _parts.Clone();
        for (int count = _random.Next(1, 4); count > 0; count--)
        {
            switch (_random.Next(8))
            {
                case 0: ChangeOrder(writer); break;
                case 1: AddKnownKey(writer); break;
                case 2 or 3 or 4: ChangeEntry(writer); break;
                case 5: AddKnownTensor(writer); break;
                default: ChangeTensor(writer); break;
            }
        }
        return writer.ToArray();
    }

    private void ChangeOrder(GgufWriter writer)
    {
        if (_random.Next(2) == 0 && writer.Entries.Count > 1)
            writer.Entries.RemoveAt(_random.Next(writer.Entries.Count));
        else if (writer.Tensors.Count > 1)
            writer.Tensors.RemoveAt(_random.Next(writer.Tensors.Count));
    }

    private void AddKnownKey(GgufWriter writer)
    {
        string key = Pick(GgufKeys.All).Replace("{arch}", _architecture, StringComparison.Ordinal);
        writer.Set(key, _random.Next(6) switch
        {
            0 => Pick(s_floats),
            1 => _random.Next(2) == 0,
            2 => Pick(GgufKeys.Texts),
            3 => Enumerable.Range(0, _random.Next(4)).Select(_ => (uint)Pick(s_numbers)).ToArray(),
            _ => (uint)Pick(s_numbers),
        });
    }

    private void ChangeEntry(GgufWriter writer)
    {
        int index = _random.Next(writer.Entries.Count);
        GgufWriterEntry entry = writer.Entries[index];
        writer.Entries[index] = entry.TypeCode == (uint)GgufValueType.Array ? ChangedArray(entry) : ChangedScalar(entry);
    }

    private GgufWriterEntry ChangedScalar(GgufWriterEntry entry)
    {
        switch ((GgufValueType)entry.TypeCode)
        {
            case GgufValueType.String:
                return GgufWriterEntry.Of(entry.Key, Pick(GgufKeys.Texts));
            case GgufValueType.Float32:
                return GgufWriterEntry.Of(entry.Key, Pick(s_floats));
            case GgufValueType.UInt32 when _random.Next(2) == 0:
                uint value = BinaryPrimitives.ReadUInt32LittleEndian(entry.Payload);
                uint[] near = [value + 1, value - 1, value * 2, value / 2, value * 3, value + 0x80000000, (uint)_random.Next(0, 64)];
                return GgufWriterEntry.Of(entry.Key, Pick(near));
            case GgufValueType.UInt32 when _random.Next(8) == 0:
                return GgufWriterEntry.Of(entry.Key, Enumerable.Repeat(BinaryPrimitives.ReadUInt32LittleEndian(entry.Payload), _random.Next(1, 4)).ToArray());
        }
        byte[] payload = new byte[entry.Payload.Length];
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, Pick(s_numbers));
        number[..Math.Min(8, payload.Length)].CopyTo(payload);
        return entry with { Payload = payload };
    }

    // the payload: type, count, elements
    private GgufWriterEntry ChangedArray(GgufWriterEntry entry)
    {
        byte[] payload = [.. entry.Payload];
        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(4));
        switch (_random.Next(4))
        {
            case 0:
                BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(4), _random.Next(2) == 0 ? count - 1 : count + 1);
                break;
            case 1 when payload[0] != (byte)GgufValueType.String && count > 0:
                int kept = _random.Next((int)count);
                int width = (payload.Length - 12) / (int)count;
                payload = payload[..(12 + (kept * width))];
                BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(4), (ulong)kept);
                break;
            case 2:
                payload[0] = (byte)_random.Next(13);
                break;
            default:
                if (payload.Length > 12)
                    payload[_random.Next(12, payload.Length)] = (byte)_random.Next(256);
                break;
        }
        return entry with { Payload = payload };
    }

    private void ChangeTensor(GgufWriter writer)
    {
        GgufWriterTensor tensor = Pick(writer.Tensors);
        GgufWriterTensor other = Pick(writer.Tensors);
        switch (_random.Next(6))
        {
            case 0 when tensor.Shape.Length > 0:
                long[] near = [0, 1, 2, tensor.Shape[0] + 1, tensor.Shape[0] * 2, tensor.Shape[^1] - 1, (long)Pick(s_numbers)];
                tensor.Shape[_random.Next(tensor.Shape.Length)] = Pick(near);
                Refill(tensor);
                break;
            case 1:
                tensor.TypeCode = (uint)_random.Next(45);
                Refill(tensor);
                break;
            case 2:
                (tensor.NameBytes, other.NameBytes) = (other.NameBytes, tensor.NameBytes);
                break;
            case 3:
                (tensor.Shape, other.Shape) = (other.Shape, tensor.Shape);
                break;
            case 4:
                tensor.Offset = (long)Pick(s_numbers);
                break;
            default:
                tensor.Shape = [.. tensor.Shape, (long)_random.Next(1, 3)];
                Refill(tensor);
                break;
        }
    }

    // data that fits type and shape again, where that is a sensible size, so that more than the layout is put to the test
    private void Refill(GgufWriterTensor tensor)
    {
        TensorType type = (TensorType)tensor.TypeCode;
        if (!RandomTensors.Knows(type) || tensor.Shape.Any(extent => extent is < 0 or > 1 << 16))
            return;
        long count = tensor.Shape.Aggregate(1L, (a, b) => a * b);
        if (count < 1 << 20)
            tensor.Data = RandomTensors.Weights(_random, type, count);
    }

    private void AddKnownTensor(GgufWriter writer)
    {
        GgufWriterTensor source = Pick(writer.Tensors);
        string name = _random.Next(3) switch
        {
            0 => source.Name.Replace(".weight", Pick(GgufKeys.TensorSuffixes), StringComparison.Ordinal),
            1 => Pick(GgufKeys.Tensors),
            _ => source.Name.Replace("blk.0", "blk.7", StringComparison.Ordinal),
        };
        long[] shape = _random.Next(3) switch { 0 => [1], 1 => [source.Shape.Length > 0 ? source.Shape[^1] : 1], _ => [.. source.Shape] };
        TensorType type = _random.Next(4) == 0 ? (TensorType)source.TypeCode : TensorType.F32;
        if (RandomTensors.Knows(type) && shape.All(extent => extent is >= 0 and < 1 << 16))
            writer.Add(name, type, shape, RandomTensors.Weights(_random, type, shape.Aggregate(1L, (a, b) => a * b)));
    }

    private T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];
}
