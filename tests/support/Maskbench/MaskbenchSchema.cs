namespace LlamaSpan.TestSupport.Maskbench;

/// <summary>One line of a maskbench file: a schema and the instances that it must admit or refuse.</summary>
/// <param name="Name">Unique name, its family first.</param>
/// <param name="Schema">The schema's text, UTF-8.</param>
/// <param name="Instances">In the file's order; may be empty.</param>
public sealed record MaskbenchSchema(string Name, byte[] Schema, IReadOnlyList<MaskbenchInstance> Instances);
