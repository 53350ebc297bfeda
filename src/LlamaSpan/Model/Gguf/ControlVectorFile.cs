using System.Globalization;

namespace LlamaSpan;

/// <summary>
/// Reads control vectors from GGUF files: tensors <c>direction.N</c>, one for each layer N from 1 on (common_control_vector_load of
/// llama.cpp's common/common.cpp).
/// </summary>
internal static class ControlVectorFile
{
    private const string Prefix = "direction.";
    private const int MaxLayers = 512;      // LLAMA_MAX_LAYERS

    /// <summary>Reads the directions; layers that the file leaves out are zero.</summary>
    /// <exception cref="ModelLoadException">The file is missing, damaged or no control vector.</exception>
    public static ControlVector Read(string path)
    {
        GgufFile file = GgufFile.Read(path);
        TensorLayoutCheck.Check(file, mapped: false);
        if (file.Tensors.Count == 0)
            throw new ModelLoadException(ModelLoadFailure.Adapter, path, "it has no tensors.");
        int width = CheckWidth(file);
        int layers = file.Tensors.Max(tensor => LayerOf(file, tensor));
        float[] values = new float[layers * width];
        foreach (GgufTensor tensor in file.Tensors)
            TensorData.Read(file, tensor, values.AsSpan((LayerOf(file, tensor) - 1) * width, width));
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new ModelLoadException(ModelLoadFailure.Adapter, path, $"the direction of layer {(i / width) + 1} has a value that is not finite.");
        return new ControlVector(values, width);
    }

    private static int CheckWidth(GgufFile file)
    {
        long width = file.Tensors[0].Extent(0);
        foreach (GgufTensor tensor in file.Tensors)
        {
            if (tensor.Type != TensorType.F32 || !tensor.HasShape([width]) || width is 0 or > int.MaxValue / MaxLayers)
                throw Wrong(file, tensor, $"is {tensor.Type} [{string.Join(", ", tensor.Shape.ToArray())}]; directions are F32 vectors of one width");
        }
        return (int)width;
    }

    private static int LayerOf(GgufFile file, GgufTensor tensor)
    {
        bool isLayer = int.TryParse(
            tensor.Name.StartsWith(Prefix, StringComparison.Ordinal) ? tensor.Name.AsSpan(Prefix.Length) : "",
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int layer);
        return isLayer && layer is > 0 and < MaxLayers ? layer : throw Wrong(file, tensor, $"is not named {Prefix}N with N from 1 to {MaxLayers - 1}");
    }

    private static ModelLoadException Wrong(GgufFile file, GgufTensor tensor, string what) =>
        new(ModelLoadFailure.Adapter, file.Path, $"tensor '{tensor.Name}' (described at byte {tensor.EntryOffset}) {what}.");
}
