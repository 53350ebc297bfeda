namespace LlamaSpan;

/// <summary>A function that a model may ask to be called.</summary>
/// <param name="Name">Its name, at most 1,024 bytes.</param>
/// <param name="Description">What it is good for, in words for the model.</param>
/// <param name="Parameters">JSON Schema of an object with its arguments; null for none.</param>
public sealed record ChatTool(string Name, string Description = "", string? Parameters = null);
