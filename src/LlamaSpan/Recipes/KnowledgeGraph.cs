namespace LlamaSpan;

/// <summary>What a text says about named things: the things, and how one relates to another.</summary>
/// <param name="Nodes">The things.</param>
/// <param name="Edges">The relations; source and target are ids of nodes.</param>
public sealed record KnowledgeGraph(IReadOnlyList<KnowledgeNode> Nodes, IReadOnlyList<KnowledgeEdge> Edges);
