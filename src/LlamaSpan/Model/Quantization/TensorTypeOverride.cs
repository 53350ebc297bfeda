namespace LlamaSpan;

/// <summary>Gives the tensors whose name matches a type of their own.</summary>
/// <param name="Pattern">Regular expression (ECMAScript) that finds in the tensor's name, such as <c>attn_v</c>.</param>
/// <param name="Type">The type; where a tensor's rows do not fit its blocks, llama.cpp takes a related one.</param>
public readonly record struct TensorTypeOverride(string Pattern, TensorType Type);
