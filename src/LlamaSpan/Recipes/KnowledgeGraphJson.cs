using System.Text.Json.Serialization;

namespace LlamaSpan;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KnowledgeGraph))]
internal sealed partial class KnowledgeGraphJson : JsonSerializerContext;
