namespace LlamaSpan;

/// <summary>Keeps the tensors whose name matches on one device.</summary>
/// <param name="Pattern">Regular expression (ECMAScript) that finds in the tensor's name, such as <c>ffn_.*_exps</c>.</param>
/// <param name="Device">The device whose memory holds them.</param>
public readonly record struct TensorBufferOverride(string Pattern, LlamaDevice Device);
