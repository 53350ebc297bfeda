namespace LlamaSpan;

/// <summary>How many of a model's layers a GPU computes; the last ones first.</summary>
/// <param name="Count">The number, or -1 for all.</param>
public readonly record struct GpuLayers(int Count)
{
    /// <summary>As many as there are; none where there is no GPU. The default.</summary>
    public static GpuLayers All => new(-1);

    /// <summary>None: the CPU computes.</summary>
    public static GpuLayers None => new(0);

    /// <summary>A number of layers.</summary>
    public static implicit operator GpuLayers(int count) => new(count);
}
