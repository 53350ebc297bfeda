namespace LlamaSpan.TestSupport.Pocket;

/// <summary>One message of a prompt.</summary>
public sealed record PocketMessage(string Role, string Content);
