using System.Text;
using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// Takes an answer apart into text, reasoning and tool calls, in the format of the prompt it was made of. Immutable, safe to use from any
/// thread. It has native memory, which goes with the object or at once by <see cref="Dispose"/>.
/// </summary>
public sealed unsafe class ChatParser : IDisposable
{
    private readonly Handle _handle;

    internal ChatParser(llamaspan_chat_prompt* prompt, ChatReasoning reasoning, bool parseToolCalls)
    {
        llamaspan_chat_parser* parser = null;
        llamaspan_status status;
        fixed (byte* format = ChatRequest.ReasoningName(reasoning))     // a literal: a zero byte stands behind it
            status = NativeMethods.llamaspan_chat_parser_init(prompt, format, parseToolCalls, &parser);
        if (status != llamaspan_status.LLAMASPAN_STATUS_OK)
            throw new ChatParseException($"There is no parser for this format: {NativeGuard.LastError()}");
        _handle = new Handle(parser);
    }

    /// <summary>Parses an answer.</summary>
    /// <param name="answer">UTF-8, with the special tokens that <see cref="ChatPrompt.PreservedTokens"/> names, without the token that ended it; broken characters become U+FFFD.</param>
    /// <param name="isPartial">True while the answer is still coming: what is not complete is left out or given as far as it is known.</param>
    /// <returns>The assistant's message; where the prompt went on from a message, the whole of it.</returns>
    /// <exception cref="ChatParseException">The answer is not in the format, or too long or nested too deeply to parse.</exception>
    /// <exception cref="ObjectDisposedException">The parser was closed.</exception>
    public ChatMessage Parse(ReadOnlySpan<byte> answer, bool isPartial = false)
    {
        using NativeHandle.Lease lease = _handle.Use(this);
        byte* json = null;
        nuint size = 0;
        byte empty = 0;
        llamaspan_status status;
        fixed (byte* text = answer)
            status = NativeMethods.llamaspan_chat_parse((llamaspan_chat_parser*)lease.Pointer, text is null ? &empty : text, (nuint)answer.Length, isPartial, &json, &size);
        if (status != llamaspan_status.LLAMASPAN_STATUS_OK)
            throw new ChatParseException($"The answer of {answer.Length} bytes cannot be parsed: {NativeGuard.LastError()}");
        try
        {
            return Read(new ReadOnlySpan<byte>(json, checked((int)size)).ToArray());
        }
        finally
        {
            NativeMethods.llamaspan_free(json);
        }
    }

    /// <summary>Parses an answer, as <see cref="Parse(ReadOnlySpan{byte}, bool)"/>.</summary>
    public ChatMessage Parse(string answer, bool isPartial = false)
    {
        ArgumentNullException.ThrowIfNull(answer);
        using SpanOwner<byte> utf8 = SpanOwner<byte>.Allocate(Encoding.UTF8.GetMaxByteCount(answer.Length));
        return Parse(utf8.Span[..Encoding.UTF8.GetBytes(answer, utf8.Span)], isPartial);
    }

    /// <summary>Frees the parser.</summary>
    public void Dispose() => _handle.Dispose();

    private static ChatMessage Read(byte[] utf8)
    {
        using JsonDocument document = JsonDocument.Parse(utf8);
        JsonElement message = document.RootElement;
        string content = Text(message, "content");
        ChatToolCall[] calls = message.TryGetProperty("tool_calls"u8, out JsonElement array) ? [.. array.EnumerateArray().Select(ReadCall)] : [];
        return new ChatMessage(ChatRole.Assistant, content.Length > 0 ? [content] : [], calls) { Reasoning = Text(message, "reasoning_content") };
    }

    private static ChatToolCall ReadCall(JsonElement call)
    {
        JsonElement function = call.GetProperty("function"u8);
        return new ChatToolCall(Text(function, "name"), Text(function, "arguments"), Text(call, "id") is { Length: > 0 } id ? id : null);
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private sealed class Handle(llamaspan_chat_parser* parser) : NativeHandle(parser)
    {
        protected override void Free(nint pointer) => NativeMethods.llamaspan_chat_parser_free((llamaspan_chat_parser*)pointer);
    }
}
