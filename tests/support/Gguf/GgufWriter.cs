namespace LlamaSpan.TestSupport;

/// <summary>Writes GGUF files byte by byte, valid ones and, by setting what is otherwise derived, damaged ones.</summary>
public sealed class GgufWriter
{
    /// <summary>First four bytes.</summary>
    public byte[] Magic { get; set; } = "GGUF"u8.ToArray();

    /// <summary>Version of the format.</summary>
    public uint Version { get; set; } = 3;

    /// <summary>Number of tensors that the header announces; null for the true one.</summary>
    public ulong? AnnouncedTensors { get; set; }

    /// <summary>Number of metadata entries that the header announces; null for the true one.</summary>
    public ulong? AnnouncedEntries { get; set; }

    /// <summary>What offsets and data are padded to; <c>general.alignment</c> must be set beside it where it is not 32.</summary>
    public int Alignment { get; set; } = 32;

    /// <summary>Metadata in order.</summary>
    public List<GgufWriterEntry> Entries { get; } = [];

    /// <summary>Tensors in order.</summary>
    public List<GgufWriterTensor> Tensors { get; } = [];

    /// <summary>Takes a file apart, so that it can be written again, changed.</summary>
    public static GgufWriter From(ReadOnlyMemory<byte> bytes)
    {
        GgufFile file = GgufFile.Read(bytes, "source");
        GgufWriter writer = new() { Version = (uint)file.Version, Alignment = file.Alignment };
        foreach ((string key, GgufValue value) in file.Metadata)
            writer.Entries.Add(GgufWriterEntry.From(key, value));
        foreach (GgufTensor tensor in file.Tensors)
        {
            ReadOnlyMemory<byte> data = bytes.Slice((int)(file.DataOffset + tensor.Offset), (int)tensor.ByteCount);
            writer.Tensors.Add(new GgufWriterTensor(tensor.Name, tensor.Type, [.. tensor.Shape], data));
        }
        return writer;
    }

    /// <summary>A writer to be changed on its own; the data of tensors, which is not changed, is shared.</summary>
    public GgufWriter Clone()
    {
        GgufWriter copy = new() { Magic = Magic, Version = Version, Alignment = Alignment };
        (copy.AnnouncedTensors, copy.AnnouncedEntries) = (AnnouncedTensors, AnnouncedEntries);
        copy.Entries.AddRange(Entries);
        copy.Tensors.AddRange(Tensors.Select(tensor => tensor.Clone()));
        return copy;
    }

    /// <summary>Sets a scalar, string or array; an entry of that key keeps its place.</summary>
    public GgufWriter Set(string key, object value)
    {
        GgufWriterEntry entry = GgufWriterEntry.Of(key, value);
        int index = Entries.FindIndex(other => other.Key == key);
        if (index < 0)
            Entries.Add(entry);
        else
            Entries[index] = entry;
        return this;
    }

    /// <summary>Takes an entry out.</summary>
    public GgufWriter Remove(string key)
    {
        if (Entries.RemoveAll(entry => entry.Key == key) == 0)
            throw new ArgumentException($"There is no key '{key}'.", nameof(key));
        return this;
    }

    /// <summary>Adds a tensor.</summary>
    public GgufWriter Add(string name, TensorType type, long[] shape, ReadOnlyMemory<byte> data)
    {
        Tensors.Add(new GgufWriterTensor(name, type, shape, data));
        return this;
    }

    /// <summary>The tensor of a name.</summary>
    public GgufWriterTensor Tensor(string name) => Tensors.Single(tensor => tensor.Name == name);

    /// <summary>The file's bytes.</summary>
    public byte[] ToArray()
    {
        MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        WriteHeader(writer);
        Pad(writer);
        long dataStart = stream.Position;
        foreach (GgufWriterTensor tensor in Tensors)
        {
            writer.Write(tensor.Data.Span);
            Pad(writer, dataStart);
        }
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>The header alone, up to the first tensor's data.</summary>
    public byte[] HeaderToArray()
    {
        MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        WriteHeader(writer);
        Pad(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private void WriteHeader(BinaryWriter writer)
    {
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(AnnouncedTensors ?? (ulong)Tensors.Count);
        writer.Write(AnnouncedEntries ?? (ulong)Entries.Count);
        foreach (GgufWriterEntry entry in Entries)
        {
            WriteString(writer, entry.KeyBytes);
            writer.Write(entry.TypeCode);
            writer.Write(entry.Payload);
        }
        long offset = 0;
        foreach (GgufWriterTensor tensor in Tensors)
        {
            WriteString(writer, tensor.NameBytes);
            writer.Write((uint)tensor.Shape.Length);
            foreach (long extent in tensor.Shape)
                writer.Write(extent);
            writer.Write(tensor.TypeCode);
            writer.Write(tensor.Offset ?? offset);
            offset += (tensor.Data.Length + Alignment - 1) / Alignment * Alignment;
        }
    }

    private static void WriteString(BinaryWriter writer, byte[] bytes)
    {
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private void Pad(BinaryWriter writer, long from = 0)
    {
        writer.Flush();
        long over = (writer.BaseStream.Position - from) % Alignment;
        if (over != 0)
            writer.Write(new byte[Alignment - over]);
    }
}
