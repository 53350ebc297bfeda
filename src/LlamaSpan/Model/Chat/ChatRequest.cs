using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlamaSpan;

/// <summary>Messages and options as the JSON that the shim takes (llamaspan_chat_apply).</summary>
internal static class ChatRequest
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="ChatTemplateException">A message or option cannot be written.</exception>
    internal static void Write(IBufferWriter<byte> destination, IReadOnlyList<ChatMessage> messages, ChatPromptOptions options)
    {
        using Utf8JsonWriter json = new(destination, s_options);
        json.WriteStartObject();
        json.WriteStartArray("messages"u8);
        for (int i = 0; i < messages.Count; i++)
            WriteMessage(json, messages[i] ?? throw Refuse($"messages[{i}] is null."), $"messages[{i}]");
        json.WriteEndArray();
        WriteTools(json, options);
        json.WriteBoolean("add_generation_prompt"u8, options.AddGenerationPrompt);
        json.WriteBoolean("enable_thinking"u8, options.EnableThinking);
        json.WriteString("reasoning_format"u8, ReasoningName(options.Reasoning));
        WriteContinuation(json, options.Continuation);
        if (options.JsonSchema is not null)
            WriteRaw(json, "json_schema", options.JsonSchema, nameof(options.JsonSchema));
        json.WriteStartObject("template_arguments"u8);
        foreach ((string name, JsonElement value) in options.Arguments)
        {
            RequireUnicode(name, nameof(options.Arguments));
            if (value.ValueKind == JsonValueKind.Undefined)
                throw Refuse($"Arguments[\"{name}\"] has no value.");
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    internal static ReadOnlySpan<byte> ReasoningName(ChatReasoning reasoning) => reasoning switch
    {
        ChatReasoning.Separate => "auto"u8,
        ChatReasoning.InText => "none"u8,
        _ => throw Refuse($"Reasoning: {reasoning} is not a value of ChatReasoning."),
    };

    /// <summary>Half of a surrogate pair has no UTF-8.</summary>
    internal static void RequireUnicode(string text, string place, ChatTemplateFailure failure = ChatTemplateFailure.Request)
    {
        int at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                at++;
            else if (char.IsSurrogate(text[at]))
                throw new ChatTemplateException(failure, $"{place} has half of a surrogate pair at character {at}.");
        }
    }

    private static void WriteMessage(Utf8JsonWriter json, ChatMessage message, string place)
    {
        json.WriteStartObject();
        WriteText(json, "role", message.Role.Name ?? "", $"{place}.Role");
        if (message.Contents is null || message.ToolCalls is null)
            throw Refuse($"{place}.{(message.Contents is null ? nameof(message.Contents) : nameof(message.ToolCalls))} is null.");
        if (message.Contents is [_] or [] && (message.Contents.Count > 0 || message.ToolCalls.Count == 0))
            WriteText(json, "content", message.Contents is [ChatContent only] ? TextOf(only, $"{place}.Contents[0]") : "", $"{place}.Contents[0]");
        else if (message.Contents.Count > 1)
            WriteContents(json, message.Contents, place);
        if (message.ToolCalls.Count > 0)
            WriteToolCalls(json, message.ToolCalls, place);
        WriteText(json, "reasoning_content", message.Reasoning, $"{place}.Reasoning");
        WriteText(json, "name", message.ToolName, $"{place}.ToolName");
        WriteText(json, "tool_call_id", message.ToolCallId, $"{place}.ToolCallId");
        json.WriteEndObject();
    }

    private static void WriteContents(Utf8JsonWriter json, IReadOnlyList<ChatContent> contents, string place)
    {
        json.WriteStartArray("content"u8);
        for (int i = 0; i < contents.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "text"u8);
            WriteText(json, "text", TextOf(contents[i], $"{place}.Contents[{i}]"), $"{place}.Contents[{i}]");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static string TextOf(ChatContent content, string place) => content.Kind == ChatContentKind.Text
        ? content.Text ?? ""
        : throw new ChatTemplateException(ChatTemplateFailure.UnsupportedContent, $"{place} is of kind {content.Kind}; only text is supported.");

    private static void WriteToolCalls(Utf8JsonWriter json, IReadOnlyList<ChatToolCall> calls, string place)
    {
        json.WriteStartArray("tool_calls"u8);
        for (int i = 0; i < calls.Count; i++)
        {
            string here = $"{place}.ToolCalls[{i}]";
            json.WriteStartObject();
            json.WriteString("type"u8, "function"u8);
            if (calls[i].Id is { Length: > 0 } id)
                WriteText(json, "id", id, $"{here}.Id");
            json.WriteStartObject("function"u8);
            WriteText(json, "name", calls[i].Name, $"{here}.Name");
            WriteText(json, "arguments", calls[i].Arguments, $"{here}.Arguments");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTools(Utf8JsonWriter json, ChatPromptOptions options)
    {
        json.WriteString("tool_choice"u8, options.ToolChoice switch
        {
            ChatToolChoice.Auto => "auto"u8,
            ChatToolChoice.Required => "required"u8,
            ChatToolChoice.None => "none"u8,
            _ => throw Refuse($"ToolChoice: {options.ToolChoice} is not a value of ChatToolChoice."),
        });
        json.WriteBoolean("parallel_tool_calls"u8, options.ParallelToolCalls);
        if (options.Tools.Count == 0)
            return;
        json.WriteStartArray("tools"u8);
        for (int i = 0; i < options.Tools.Count; i++)
        {
            ChatTool tool = options.Tools[i] ?? throw Refuse($"Tools[{i}] is null.");
            json.WriteStartObject();
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            WriteText(json, "name", tool.Name, $"Tools[{i}].Name");
            WriteText(json, "description", tool.Description, $"Tools[{i}].Description");
            WriteRaw(json, "parameters", tool.Parameters ?? """{"type":"object","properties":{}}""", $"Tools[{i}].Parameters");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteContinuation(Utf8JsonWriter json, ChatContinuation continuation)
    {
        switch (continuation)
        {
            case ChatContinuation.None:
                break;
            case ChatContinuation.Auto:
                json.WriteBoolean("continue_final_message"u8, true);
                break;
            case ChatContinuation.Content:
                json.WriteString("continue_final_message"u8, "content"u8);
                break;
            case ChatContinuation.Reasoning:
                json.WriteString("continue_final_message"u8, "reasoning_content"u8);
                break;
            default:
                throw Refuse($"Continuation: {continuation} is not a value of ChatContinuation.");
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text, string place)
    {
        RequireUnicode(text, place);
        if (text.Length > ChatTemplate.LongestRequest)
            throw new ChatTemplateException(ChatTemplateFailure.Limit, $"{place} has {text.Length} characters; a request has at most {ChatTemplate.LongestRequest} bytes.");
        json.WriteString(name, text);
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string value, string place)
    {
        RequireUnicode(value, place);
        json.WritePropertyName(name);
        try
        {
            json.WriteRawValue(value);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new ChatTemplateException(ChatTemplateFailure.Request, $"{place} is not JSON: {e.Message}", inner: e);
        }
    }

    private static ChatTemplateException Refuse(string message) => new(ChatTemplateFailure.Request, message);
}
