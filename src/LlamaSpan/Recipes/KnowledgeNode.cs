namespace LlamaSpan;

/// <summary>A named thing.</summary>
/// <param name="Id">Its name within the graph, n1, n2 and so on.</param>
/// <param name="Label">What the text calls it, word for word.</param>
/// <param name="Type">What it is, such as person or city.</param>
public sealed record KnowledgeNode(string Id, string Label, string Type);
