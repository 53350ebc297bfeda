using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan.TestSupport;

/// <summary>Copies of a model of F32 weights with some of them changed.</summary>
public static class ChangedModel
{
    /// <summary>Writes a copy.</summary>
    /// <param name="source">The model.</param>
    /// <param name="path">The copy.</param>
    /// <param name="change">Given each tensor's name and values, which it may change.</param>
    public static void Write(string source, string path, Action<string, float[]> change)
    {
        GgufFile header = GgufFile.Read(source);
        byte[] bytes = File.ReadAllBytes(source);
        using GgufBuilder file = new();
        file.CopyMetadata(source);
        foreach (GgufTensor tensor in header.Tensors)
        {
            float[] values = Values(header, bytes, tensor);
            change(tensor.Name, values);
            file.Add(tensor.Name, ggml_type.GGML_TYPE_F32, tensor.Shape, values);
        }
        file.Save(path);
    }

    /// <summary>The values of one tensor.</summary>
    public static float[] Values(string source, string name)
    {
        GgufFile header = GgufFile.Read(source);
        return header.TryGetTensor(name, out GgufTensor? tensor) ? Values(header, File.ReadAllBytes(source), tensor) : throw new KeyNotFoundException(name);
    }

    private static float[] Values(GgufFile header, byte[] bytes, GgufTensor tensor) => tensor.Type == TensorType.F32
        ? MemoryMarshal.Cast<byte, float>(bytes.AsSpan((int)(header.DataOffset + tensor.Offset), (int)tensor.ByteCount)).ToArray()
        : throw new ArgumentException($"'{tensor.Name}' is {tensor.Type}.", nameof(tensor));
}
