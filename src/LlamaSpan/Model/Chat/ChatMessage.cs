namespace LlamaSpan;

/// <summary>One message of a conversation, immutable.</summary>
/// <param name="Role">Who says it.</param>
/// <param name="Contents">What is said, in its order; empty where there are only <paramref name="ToolCalls"/>.</param>
/// <param name="ToolCalls">The tools that the model wants to be called.</param>
public sealed record ChatMessage(ChatRole Role, IReadOnlyList<ChatContent> Contents, IReadOnlyList<ChatToolCall> ToolCalls)
{
    /// <summary>A message of one text.</summary>
    public ChatMessage(ChatRole role, string text)
        : this(role, [text], [])
    {
    }

    /// <summary>A message of several contents, such as a question and its documents, which then can be told apart in the prompt.</summary>
    public ChatMessage(ChatRole role, params IReadOnlyList<ChatContent> contents)
        : this(role, contents, [])
    {
    }

    /// <summary>What the model thought before it answered; "" for nothing.</summary>
    public string Reasoning { get; init; } = "";

    /// <summary>For a tool's result: the tool's name, "" where it does not matter.</summary>
    public string ToolName { get; init; } = "";

    /// <summary>For a tool's result: the <see cref="ChatToolCall.Id"/> it answers, "" for none.</summary>
    public string ToolCallId { get; init; } = "";

    /// <summary>The text of all contents.</summary>
    public string Text => Contents is [{ Kind: ChatContentKind.Text } only]
        ? only.Text
        : string.Concat(Contents.Where(content => content.Kind == ChatContentKind.Text).Select(content => content.Text));

    /// <summary>Instructions.</summary>
    public static ChatMessage System(string text) => new(ChatRole.System, text);

    /// <summary>What a person says.</summary>
    public static ChatMessage User(string text) => new(ChatRole.User, text);

    /// <summary>What the model said.</summary>
    public static ChatMessage Assistant(string text) => new(ChatRole.Assistant, text);

    /// <summary>What a tool returned.</summary>
    /// <param name="text">The result, usually JSON.</param>
    /// <param name="callId">The call it answers.</param>
    /// <param name="name">The tool's name.</param>
    public static ChatMessage Tool(string text, string callId = "", string name = "") =>
        new(ChatRole.Tool, text) { ToolCallId = callId, ToolName = name };
}
