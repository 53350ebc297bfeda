namespace LlamaSpan;

/// <summary>What a context and its model occupy on one device, in bytes.</summary>
/// <param name="Device">The device's name, such as <c>CUDA0</c>; for the machine's own memory, the kind of buffer, such as <c>CPU</c>.</param>
/// <param name="Model">Weights.</param>
/// <param name="Context">The cache.</param>
/// <param name="Compute">Room for computing.</param>
/// <param name="DeviceTotal">Memory that the device has; 0 for the machine's own.</param>
/// <param name="DeviceFree">What of it is free now.</param>
public readonly record struct MemoryUsage(string Device, long Model, long Context, long Compute, long DeviceTotal, long DeviceFree);
