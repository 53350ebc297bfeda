namespace LlamaSpan.IntegrationTests;

/// <summary>The chat templates and vocabularies that llama.cpp ships, and conversations to try them on.</summary>
internal static class ShippedTemplates
{
    private static readonly string s_models = Repository.PathOf("native/llama.cpp/models");

    internal static ChatTool Weather { get; } = new("get_weather", "Tells the weather of a city",
        """{"type":"object","properties":{"city":{"type":"string","description":"Name of the city"}},"required":["city"]}""");

    internal static IEnumerable<string> Names => Directory.GetFiles(Path.Combine(s_models, "templates"), "*.jinja").Select(path => Path.GetFileNameWithoutExtension(path)).Order();

    internal static IEnumerable<string> Vocabularies => Directory.GetFiles(s_models, "ggml-vocab-*.gguf").Select(path => Path.GetFileName(path)).Order();

    internal static string Source(string name) => File.ReadAllText(Path.Combine(s_models, "templates", $"{name}.jinja"));

    internal static LlamaModel Load(string vocabulary) => LlamaModel.Load(Path.Combine(s_models, vocabulary), new ModelOptions { VocabularyOnly = true });

    /// <summary>A conversation in which each content is what a function makes of a few words.</summary>
    internal static ChatMessage[] Conversation(Func<string, string> content) =>
    [
        ChatMessage.System(content("You are terse.")),
        ChatMessage.User(content("  Who are you?\n")),
        ChatMessage.Assistant(content("A program.")),
        new(ChatRole.User, content("First part: caf\u00e9 \u4e16\u754c."), content("Second part.")),
    ];
}
