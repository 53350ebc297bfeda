using System.Text.Json;

namespace LlamaSpan;

/// <summary>What a prompt is made with besides its messages.</summary>
public sealed record ChatPromptOptions
{
    /// <summary>Tools that the model may call; described in the prompt where the template knows how.</summary>
    public IReadOnlyList<ChatTool> Tools { get; init => field = value ?? throw new ArgumentNullException(nameof(Tools)); } = [];

    /// <summary>Whether the model may call tools.</summary>
    public ChatToolChoice ToolChoice { get; init; }

    /// <summary>True to let the model call several tools in one answer.</summary>
    public bool ParallelToolCalls { get; init; }

    /// <summary>True to end the prompt with the start of the model's answer.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Whether the answer goes on from the last message, which is then not closed.</summary>
    public ChatContinuation Continuation { get; init; }

    /// <summary>False to ask models that can do without for an answer without reasoning.</summary>
    public bool EnableThinking { get; init; } = true;

    /// <summary>Where the answer's reasoning goes when it is parsed.</summary>
    public ChatReasoning Reasoning { get; init; }

    /// <summary>JSON Schema of the answer, which <see cref="ChatPrompt.Grammar"/> then enforces; null for none.</summary>
    public string? JsonSchema { get; init; }

    /// <summary>Further variables for the template, such as a date. What they bring into the prompt is plain text, never a special token.</summary>
    public IReadOnlyDictionary<string, JsonElement> Arguments { get; init => field = value ?? throw new ArgumentNullException(nameof(Arguments)); } = new Dictionary<string, JsonElement>();
}
