using System.Text;
using CommunityToolkit.HighPerformance.Buffers;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// Turns messages into a model's prompt, by llama.cpp's own Jinja engine (common_chat_templates_apply). Immutable, safe to use from any
/// thread. A template is a program: what it may use of time, stack and memory is bounded, and what it makes of messages, tools and
/// arguments is never read as a special token.
/// </summary>
public sealed unsafe class ChatTemplate : IDisposable
{
    /// <summary>Longest source, in bytes.</summary>
    public const int LongestSource = NativeMethods.LLAMASPAN_CHAT_MAX_TEMPLATE_BYTES;

    /// <summary>Longest request: messages, tools and options as JSON, in bytes.</summary>
    public const int LongestRequest = NativeMethods.LLAMASPAN_CHAT_MAX_REQUEST_BYTES;

    private readonly Handle _handle;

    private ChatTemplate(Handle handle, LlamaModel model, bool isBuiltIn)
    {
        (_handle, Vocabulary, IsBuiltIn) = (handle, model.Vocabulary, isBuiltIn);
        nuint size = 0;
        byte* source = NativeMethods.llamaspan_chat_template_source((llamaspan_chat_template*)handle.DangerousGetHandle(), &size);
        Source = Encoding.UTF8.GetString(source, (int)size);
        StopTokens = FindStopTokens();
    }

    /// <summary>Its text, in Jinja.</summary>
    public string Source { get; }

    /// <summary>True if the model brought no template and a built-in format is used.</summary>
    public bool IsBuiltIn { get; }

    /// <summary>The vocabulary that prompts are tokenised with.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Tokens that end an answer: the model's own, and those that the template ends a turn with.</summary>
    public ReadOnlyMemory<LlamaToken> StopTokens { get; }

    /// <summary>The template of a model's GGUF, or where it has none a built-in one of its family (<see cref="BuiltInTemplates.For"/>).</summary>
    /// <exception cref="ChatTemplateException">The model's template cannot be read.</exception>
    /// <exception cref="ArgumentException">The model has no vocabulary.</exception>
    public static ChatTemplate FromModel(LlamaModel model)
    {
        RequireVocabulary(model);
        using NativeHandle.Lease lease = model.Use();
        llama_model* native = (llama_model*)lease.Pointer;
        using NativeArena arena = new();
        bool hasOwn = HasText(NativeMethods.llama_model_chat_template(native, null))
            || HasText(NativeMethods.llama_model_chat_template(native, arena.Text("tool_use", "name")));
        return hasOwn
            ? new ChatTemplate(Init(native, null), model, isBuiltIn: false)
            : new ChatTemplate(Init(native, BuiltInTemplates.For(model)), model, isBuiltIn: true);
    }

    /// <summary>A template from its text.</summary>
    /// <param name="source">Jinja, at most <see cref="LongestSource"/> bytes as UTF-8.</param>
    /// <param name="model">Whose vocabulary it is for; <c>bos_token</c> and <c>eos_token</c> are its.</param>
    /// <exception cref="ChatTemplateException">The text is empty, too long, or not a template.</exception>
    /// <exception cref="ArgumentException">The model has no vocabulary.</exception>
    public static ChatTemplate Parse(string source, LlamaModel model)
    {
        ArgumentNullException.ThrowIfNull(source);
        RequireVocabulary(model);
        ChatRequest.RequireUnicode(source, nameof(source), ChatTemplateFailure.Template);
        using NativeHandle.Lease lease = model.Use();
        return new ChatTemplate(Init((llama_model*)lease.Pointer, source), model, isBuiltIn: false);
    }

    /// <summary>Makes the prompt of a conversation.</summary>
    /// <param name="messages">The conversation, first message first.</param>
    /// <param name="options">Tools, thinking, grammar and the rest.</param>
    /// <exception cref="ChatTemplateException">
    /// <see cref="ChatTemplateException.Reason"/> tells apart: the template refuses the messages or fails on them, a message has a
    /// picture or sound, messages or options are not what they must be, or a bound was reached.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The template was closed.</exception>
    public ChatPrompt Apply(IReadOnlyList<ChatMessage> messages, ChatPromptOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new ChatPromptOptions();
        using ArrayPoolBufferWriter<byte> request = new();
        ChatRequest.Write(request, messages, options);
        using NativeHandle.Lease lease = _handle.Use(this);
        llamaspan_chat_prompt* prompt = null;
        llamaspan_status status;
        fixed (byte* json = request.WrittenSpan)
            status = NativeMethods.llamaspan_chat_apply((llamaspan_chat_template*)lease.Pointer, json, (nuint)request.WrittenCount, &prompt);
        return status == llamaspan_status.LLAMASPAN_STATUS_OK
            ? new ChatPrompt(prompt, this, options)
            : throw new ChatTemplateException(FailureOf(status, ChatTemplateFailure.Rendering), $"The chat template made no prompt: {NativeGuard.LastError().Trim()}");
    }

    /// <summary>Frees the template; prompts made with it stay.</summary>
    public void Dispose() => _handle.Dispose();

    private static Handle Init(llama_model* model, string? source)
    {
        using NativeArena arena = new();
        int length = source is null ? 0 : Encoding.UTF8.GetByteCount(source);
        byte* text = null;
        if (source is not null)
        {
            text = arena.Allocate<byte>(length + 1);
            Encoding.UTF8.GetBytes(source, new Span<byte>(text, length));
        }
        llamaspan_chat_template* template = null;
        llamaspan_status status = NativeMethods.llamaspan_chat_template_init(model, text, (nuint)length, null, null, &template);
        return status == llamaspan_status.LLAMASPAN_STATUS_OK
            ? new Handle(template)
            : throw new ChatTemplateException(FailureOf(status, ChatTemplateFailure.Template), $"The chat template cannot be used: {NativeGuard.LastError().Trim()}");
    }

    private static ChatTemplateFailure FailureOf(llamaspan_status status, ChatTemplateFailure otherwise) => status switch
    {
        llamaspan_status.LLAMASPAN_STATUS_LIMIT or llamaspan_status.LLAMASPAN_STATUS_OUT_OF_MEMORY => ChatTemplateFailure.Limit,
        llamaspan_status.LLAMASPAN_STATUS_INVALID_ARGUMENT when otherwise == ChatTemplateFailure.Rendering => ChatTemplateFailure.Request,
        _ => otherwise,
    };

    private static void RequireVocabulary(LlamaModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Vocabulary.Kind == VocabularyKind.None)
            throw new ArgumentException($"{model.Description} has no vocabulary.", nameof(model));
    }

    private static bool HasText(byte* text) => text is not null && *text != 0;

    private LlamaToken[] FindStopTokens()
    {
        HashSet<LlamaToken> stops = [.. Vocabulary.Tokens.EndOfGeneration.Span];
        foreach (string end in BuiltInTemplates.TurnEnds)
            if (Source.Contains(end, StringComparison.Ordinal) && Vocabulary.FindSpecial(Encoding.UTF8.GetBytes(end)) is { Exists: true } token)
                stops.Add(token);
        return [.. stops];
    }

    private sealed class Handle(llamaspan_chat_template* template) : NativeHandle(template)
    {
        protected override void Free(nint pointer) => NativeMethods.llamaspan_chat_template_free((llamaspan_chat_template*)pointer);
    }
}
