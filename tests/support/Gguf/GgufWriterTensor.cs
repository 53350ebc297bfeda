using System.Text;

namespace LlamaSpan.TestSupport;

/// <summary>A tensor to be written; what the file says of it is free to be wrong.</summary>
public sealed class GgufWriterTensor(string name, TensorType type, long[] shape, ReadOnlyMemory<byte> data)
{
    /// <summary>The name's bytes.</summary>
    public byte[] NameBytes { get; set; } = Encoding.UTF8.GetBytes(name);

    /// <summary>The name as text.</summary>
    public string Name => Encoding.UTF8.GetString(NameBytes);

    /// <summary>The element type's number.</summary>
    public uint TypeCode { get; set; } = (uint)type;

    /// <summary>Extents, fastest-varying first.</summary>
    public long[] Shape { get; set; } = shape;

    /// <summary>Offset of the data; null for where the data is written.</summary>
    public long? Offset { get; set; }

    /// <summary>The data, written whether it fits type and shape or not.</summary>
    public ReadOnlyMemory<byte> Data { get; set; } = data;

    /// <summary>A copy that shares the data.</summary>
    public GgufWriterTensor Clone() => new(Name, (TensorType)TypeCode, [.. Shape], Data) { NameBytes = NameBytes, Offset = Offset };
}
