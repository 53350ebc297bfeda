namespace LlamaSpan;

/// <summary>What a device is.</summary>
public enum DeviceKind
{
    /// <summary>The processor, with the machine's memory.</summary>
    Cpu = 0,

    /// <summary>A graphics card with memory of its own.</summary>
    Gpu = 1,

    /// <summary>A graphics unit that shares the machine's memory.</summary>
    IntegratedGpu = 2,

    /// <summary>Works beside the processor (BLAS, AMX).</summary>
    Accelerator = 3,

    /// <summary>Several devices seen as one.</summary>
    Meta = 4,
}
