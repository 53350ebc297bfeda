namespace LlamaSpan;

/// <summary>How a model is spread over several devices.</summary>
public enum SplitMode
{
    /// <summary>One device has the whole model.</summary>
    None = 0,

    /// <summary>Whole layers, with their part of the cache.</summary>
    Layer = 1,

    /// <summary>Rows of the matrices, where the devices support it.</summary>
    Row = 2,

    /// <summary>Tensor parallelism.</summary>
    Tensor = 3,
}
