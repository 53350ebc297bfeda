using System.Text.Json.Serialization;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>The answer that the default model was trained to give as JSON.</summary>
internal sealed record Quoted(string? Quote, string? Answer);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Quoted))]
internal sealed partial class QuotedContext : JsonSerializerContext;
