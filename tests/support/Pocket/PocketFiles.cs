using System.Text.Json;

namespace LlamaSpan.TestSupport.Pocket;

/// <summary>The default model, and what to ask it: files written by models/pocket/unseen.py, whose first lines say how.</summary>
public static class PocketFiles
{
    /// <summary>The default model.</summary>
    public static string Model => Repository.PathOf("models/pocket.gguf");

    /// <summary>Twenty prompts of each task.</summary>
    public static IReadOnlyList<PocketPrompt> Prompts() => Read<PocketPrompt>("prompts");

    /// <summary>Twelve sets of documents.</summary>
    public static IReadOnlyList<PocketFolder> Folders() => Read<PocketFolder>("folders");

    private static List<T> Read<T>(string name) =>
        [.. from line in File.ReadLines(Repository.PathOf($"tests/support/Pocket/{name}.jsonl"))
            select JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web)];
}
