using System.Text;
using System.Text.Json;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// A prompt that a template made, where its parts come from, and how the answer to it is constrained and parsed. Immutable, safe to use
/// from any thread. It has native memory, which goes with the object or at once by <see cref="Dispose"/>; its text, parts and tokens stay.
/// </summary>
public sealed unsafe class ChatPrompt : IDisposable
{
    private readonly Handle _handle;
    private readonly byte[] _text;
    private readonly PromptPart[] _parts;
    private readonly ChatReasoning _reasoning;
    private readonly Vocabulary _vocabulary;
    private readonly Lazy<TokenizedPrompt> _tokens;

    internal ChatPrompt(llamaspan_chat_prompt* prompt, ChatTemplate template, ChatPromptOptions options)
    {
        _handle = new Handle(prompt);
        nuint size = 0;
        byte* text = NativeMethods.llamaspan_chat_prompt_text(prompt, &size);
        _text = new ReadOnlySpan<byte>(text, checked((int)size)).ToArray();
        _parts = ReadParts(prompt);
        (_reasoning, _vocabulary, StopTokens) = (options.Reasoning, template.Vocabulary, template.StopTokens);
        byte* details = NativeMethods.llamaspan_chat_prompt_details(prompt, &size);
        ReadDetails(new ReadOnlySpan<byte>(details, checked((int)size)).ToArray());
        _tokens = new Lazy<TokenizedPrompt>(() => PromptTokenizer.Tokenize(_vocabulary, _text, _parts, addSpecial: true));
    }

    /// <summary>The prompt, UTF-8; without the BOS token where the tokenizer adds it.</summary>
    public ReadOnlyMemory<byte> Text => _text;

    /// <summary>Where it comes from: parts that follow one another and cover it.</summary>
    public ReadOnlyMemory<PromptPart> Parts => _parts;

    /// <summary>The prompt's tokens, BOS included where the model wants it. Special tokens are those that the template wrote, no others.</summary>
    /// <exception cref="TokenizeException">The template made text that is not UTF-8, or text that the tokenizer cannot take.</exception>
    /// <exception cref="ObjectDisposedException">The model was closed before the first use.</exception>
    public ReadOnlyMemory<LlamaToken> Tokens => _tokens.Value.Tokens;

    /// <summary>Which tokens hold which content of which message, in the order of the prompt; a content that the template took apart has several.</summary>
    /// <exception cref="TokenizeException">The template made text that is not UTF-8, or text that the tokenizer cannot take.</exception>
    public IReadOnlyList<PromptSegment> Segments => _tokens.Value.Segments;

    /// <summary>Name of the answer's format in llama.cpp.</summary>
    public string Format { get; private set; } = "";

    /// <summary>
    /// Grammar of the answer in GBNF; "" for none. One that is not lazy begins with <see cref="GenerationPrompt"/>, which the model does
    /// not write: llama.cpp's grammar sampler is told of it first.
    /// </summary>
    public string Grammar { get; private set; } = "";

    /// <summary>True if the grammar begins with one of <see cref="GrammarTriggers"/>, and the answer is free before.</summary>
    public bool IsGrammarLazy { get; private set; }

    /// <summary>What makes a lazy grammar begin.</summary>
    public IReadOnlyList<GrammarTrigger> GrammarTriggers { get; private set; } = [];

    /// <summary>Special tokens that the answer must keep as text for its parser.</summary>
    public IReadOnlyList<string> PreservedTokens { get; private set; } = [];

    /// <summary>Texts that end an answer besides <see cref="StopTokens"/>.</summary>
    public IReadOnlyList<string> StopStrings { get; private set; } = [];

    /// <summary>Tokens that end an answer.</summary>
    public ReadOnlyMemory<LlamaToken> StopTokens { get; }

    /// <summary>What the prompt ends with so that the model answers.</summary>
    public string GenerationPrompt { get; private set; } = "";

    /// <summary>True if the format tells reasoning from the answer.</summary>
    public bool SupportsThinking { get; private set; }

    /// <summary>What reasoning begins with; "" where there is no such mark.</summary>
    public string ThinkingStartTag { get; private set; } = "";

    /// <summary>What reasoning ends with, any of them.</summary>
    public IReadOnlyList<string> ThinkingEndTags { get; private set; } = [];

    internal Vocabulary Vocabulary => _vocabulary;

    /// <summary>Makes the parser for answers to this prompt.</summary>
    /// <param name="parseToolCalls">False to leave tool calls in the text.</param>
    /// <exception cref="ObjectDisposedException">The prompt was closed.</exception>
    public ChatParser CreateParser(bool parseToolCalls = true)
    {
        using NativeHandle.Lease lease = _handle.Use(this);
        return new ChatParser((llamaspan_chat_prompt*)lease.Pointer, _reasoning, parseToolCalls);
    }

    /// <summary>The prompt as a string; broken characters become U+FFFD.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_text);

    /// <summary>Frees what parsers are made of.</summary>
    public void Dispose() => _handle.Dispose();

    private static PromptPart[] ReadParts(llamaspan_chat_prompt* prompt)
    {
        nuint count = 0;
        llamaspan_chat_part* native = NativeMethods.llamaspan_chat_prompt_parts(prompt, &count);
        PromptPart[] parts = new PromptPart[(int)count];
        for (int i = 0; i < parts.Length; i++)
        {
            PromptPartKind kind = native[i].kind == llamaspan_chat_part_kind.LLAMASPAN_CHAT_PART_TEMPLATE ? PromptPartKind.Template : PromptPartKind.Input;
            parts[i] = new PromptPart(kind, (int)native[i].start, (int)native[i].size, native[i].message, native[i].content);
        }
        return parts;
    }

    private void ReadDetails(byte[] utf8)
    {
        using JsonDocument document = JsonDocument.Parse(utf8);
        JsonElement details = document.RootElement;
        Format = Text("format");
        Grammar = Text("grammar");
        IsGrammarLazy = details.GetProperty("grammar_lazy"u8).GetBoolean();
        GrammarTriggers = [.. details.GetProperty("grammar_triggers"u8).EnumerateArray().Select(ReadTrigger)];
        PreservedTokens = Texts("preserved_tokens");
        StopStrings = Texts("additional_stops");
        GenerationPrompt = Text("generation_prompt");
        SupportsThinking = details.GetProperty("supports_thinking"u8).GetBoolean();
        ThinkingStartTag = Text("thinking_start_tag");
        ThinkingEndTags = Texts("thinking_end_tags");

        string Text(string name) => details.GetProperty(name).GetString() ?? "";

        string[] Texts(string name) => [.. details.GetProperty(name).EnumerateArray().Select(text => text.GetString() ?? "")];
    }

    private static GrammarTrigger ReadTrigger(JsonElement trigger)
    {
        GrammarTriggerKind kind = trigger.GetProperty("type"u8).GetString() switch
        {
            "token" => GrammarTriggerKind.Token,
            "word" => GrammarTriggerKind.Word,
            "pattern" => GrammarTriggerKind.Pattern,
            _ => GrammarTriggerKind.FullPattern,
        };
        return new GrammarTrigger(kind, trigger.GetProperty("value"u8).GetString() ?? "", new LlamaToken(trigger.GetProperty("token"u8).GetInt32()));
    }

    private sealed class Handle(llamaspan_chat_prompt* prompt) : NativeHandle(prompt)
    {
        protected override void Free(nint pointer) => NativeMethods.llamaspan_chat_prompt_free((llamaspan_chat_prompt*)pointer);
    }
}
