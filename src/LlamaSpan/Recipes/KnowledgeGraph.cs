using System.Text.Json.Serialization;

namespace LlamaSpan;

/// <summary>What a text says about named things: the things, and how one relates to another.</summary>
/// <param name="Nodes">The things.</param>
/// <param name="Edges">The relations; source and target are ids of nodes.</param>
public sealed record KnowledgeGraph(IReadOnlyList<KnowledgeNode> Nodes, IReadOnlyList<KnowledgeEdge> Edges);

/// <summary>A named thing.</summary>
/// <param name="Id">Its name within the graph, n1, n2 and so on.</param>
/// <param name="Label">What the text calls it, word for word.</param>
/// <param name="Type">What it is, such as person or city.</param>
public sealed record KnowledgeNode(string Id, string Label, string Type);

/// <summary>A relation of one thing to another.</summary>
/// <param name="Source">Id of a node.</param>
/// <param name="Target">Id of a node.</param>
/// <param name="Relation">The relation, such as works_at.</param>
public sealed record KnowledgeEdge(string Source, string Target, string Relation);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KnowledgeGraph))]
internal sealed partial class KnowledgeGraphJson : JsonSerializerContext;
