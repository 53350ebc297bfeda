namespace LlamaSpan;

/// <summary>A relation of one thing to another.</summary>
/// <param name="Source">Id of a node.</param>
/// <param name="Target">Id of a node.</param>
/// <param name="Relation">The relation, such as works_at.</param>
public sealed record KnowledgeEdge(string Source, string Target, string Relation);
