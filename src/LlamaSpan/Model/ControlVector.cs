namespace LlamaSpan;

/// <summary>Directions to add to the layers' outputs: one vector of the model's width for each layer after the first.</summary>
public sealed class ControlVector
{
    private readonly float[] _values;

    /// <summary>Makes a control vector.</summary>
    /// <param name="values">Layer by layer, from layer 1: <paramref name="width"/> floats each; copied.</param>
    /// <param name="width">The model's embedding size.</param>
    /// <exception cref="ArgumentException">The number of values is not a multiple of the width, or one is not finite.</exception>
    public ControlVector(ReadOnlySpan<float> values, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (values.IsEmpty || values.Length % width != 0)
            throw new ArgumentException($"{values.Length} values are not a number of layers of width {width}.", nameof(values));
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new ArgumentException($"Value {i} (layer {(i / width) + 1}) is not finite.", nameof(values));
        (_values, Width, Layers) = (values.ToArray(), width, values.Length / width);
    }

    /// <summary>Reads a control vector from a GGUF file, as llama.cpp's cvector-generator writes it.</summary>
    /// <exception cref="ModelLoadException">The file is missing, damaged or no control vector.</exception>
    public static ControlVector Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ControlVectorFile.Read(path);
    }

    /// <summary>Floats a layer.</summary>
    public int Width { get; }

    /// <summary>Number of layers, from layer 1.</summary>
    public int Layers { get; }

    /// <summary>All values, layer by layer.</summary>
    public ReadOnlySpan<float> Values => _values;
}
