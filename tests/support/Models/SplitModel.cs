using System.Globalization;
using LlamaSpan.Native;

namespace LlamaSpan.TestSupport;

/// <summary>Splits a model of F32 weights into several files, as llama.cpp's gguf-split does.</summary>
public static class SplitModel
{
    /// <summary>Writes the parts; their paths in order.</summary>
    public static string[] Write(string source, string prefix, int count)
    {
        GgufFile header = GgufFile.Read(source);
        string[] paths = [.. Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i:D5}-of-{count:D5}.gguf"))];
        for (int part = 0; part < count; part++)
        {
            using GgufBuilder file = new();
            if (part == 0)
                file.CopyMetadata(source);
            file.Set("split.no", (ushort)part).Set("split.count", (ushort)count).SetSigned("split.tensors.count", header.Tensors.Count);
            for (int i = part; i < header.Tensors.Count; i += count)
                file.Add(header.Tensors[i].Name, ggml_type.GGML_TYPE_F32, header.Tensors[i].Shape, ChangedModel.Values(source, header.Tensors[i].Name));
            file.Save(paths[part]);
        }
        return paths;
    }
}
