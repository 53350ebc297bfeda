using System.Text;

namespace LlamaSpan;

/// <summary>
/// A question over documents as a prompt of any chat template: documents first and question last, so that the next question finds all but
/// its own words in the cache. models/pocket.gguf was trained on exactly the default words (models/pocket/corpus.py); larger models do not
/// mind them. Documents and question stay text, whatever they spell. Immutable.
/// </summary>
public sealed class RagPrompt
{
    /// <summary>What the model is told to be.</summary>
    public const string SystemText = "You are a helpful assistant that answers using the provided context only.";

    /// <summary>Asks for an answer as text.</summary>
    public const string TextInstruction =
        "Answer the question using only the documents above. If the answer is not contained there, say you don't know.";

    /// <summary>Asks for a <see cref="QuotedAnswer"/>.</summary>
    public const string QuoteInstruction =
        "Answer the question using only the documents above. Reply with JSON: " +
        "{\"quote\": sentence from a document or null, \"answer\": string or null}.";

    /// <summary>Asks for an answer as text, behind a <see cref="RagOptions.Reminder"/>.</summary>
    public const string ShortTextInstruction = "Answer with one sentence from the context.";

    /// <summary>Asks for a <see cref="QuotedAnswer"/>, behind a <see cref="RagOptions.Reminder"/>.</summary>
    public const string ShortQuoteInstruction =
        "Answer with JSON: {\"quote\": sentence from the context, \"answer\": short answer}.";

    private const int UserMessage = 1;

    private readonly Lazy<DocumentSegment[]> _documents;

    private RagPrompt(ChatPrompt chat, RagText text, IReadOnlyList<string> documents, Vocabulary vocabulary)
    {
        StopStrings = chat.StopStrings;
        PromptPart[] parts = Cut(chat, text, out string? why);
        TokenizedPrompt prompt = PromptTokenizer.Tokenize(vocabulary, chat.Text.Span, parts, addSpecial: true);
        Tokens = prompt.Tokens;
        WhyNotStable = why;
        SharedLength = why is null && Find(prompt, text.QuestionPiece) is { } asked ? asked.Start : 0;
        _documents = new Lazy<DocumentSegment[]>(() => why is null ? Prove(prompt, documents, vocabulary) : []);
    }

    /// <summary>The prompt's tokens, those of the whole text tokenised at once.</summary>
    public ReadOnlyMemory<LlamaToken> Tokens { get; }

    /// <summary>
    /// How many tokens stand in front of the first that has anything of the question: what other questions about these documents share. 0
    /// where that is not known (<see cref="WhyNotStable"/>).
    /// </summary>
    public int SharedLength { get; }

    /// <summary>Where each document stands, the blank line behind it included; worked out at first use. Empty where that is not known.</summary>
    public IReadOnlyList<DocumentSegment> Documents => _documents.Value;

    /// <summary>Why the prompt has no <see cref="Documents"/>: the template changed the message that they stand in. Else null.</summary>
    public string? WhyNotStable { get; }

    /// <summary>Texts that end an answer.</summary>
    public IReadOnlyList<string> StopStrings { get; }

    /// <summary>Makes a prompt.</summary>
    /// <param name="template">The model's chat template.</param>
    /// <param name="question">The question.</param>
    /// <param name="documents">The documents in the order in which they shall stand; [DOC 1] is the first.</param>
    /// <param name="options">Its words; null for the defaults.</param>
    /// <exception cref="ChatTemplateException">The template makes no prompt of it.</exception>
    /// <exception cref="TokenizeException">A text cannot be tokenised.</exception>
    /// <exception cref="ObjectDisposedException">The template or its model was closed.</exception>
    public static RagPrompt Create(ChatTemplate template, string question, IReadOnlyList<string> documents, RagOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        options ??= new RagOptions();
        RagText text = Text(question, documents, options);
        using ChatPrompt chat = template.Apply([ChatMessage.System(options.System), ChatMessage.User(text.Whole)], options.Chat);
        return new RagPrompt(chat, text, documents, template.Vocabulary);
    }

    /// <summary>The user's message: the documents, the instruction, the question.</summary>
    public static string UserText(string question, IReadOnlyList<string> documents, RagOptions? options = null) =>
        Text(question, documents, options ?? new RagOptions()).Whole;

    private static RagText Text(string question, IReadOnlyList<string> documents, RagOptions options)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(documents);
        for (int i = 0; i < documents.Count; i++)
            if (documents[i] is null)
                throw new ArgumentException($"Document {i} of {documents.Count} is null.", nameof(documents));
        string instruction = options.Instruction ?? (options.Quote, options.Reminder) switch
        {
            (true, null) => QuoteInstruction,
            (false, null) => TextInstruction,
            (true, _) => ShortQuoteInstruction,
            (false, _) => ShortTextInstruction,
        };
        return new RagText(documents, instruction, question, options.Reminder);
    }

    /// <summary>The prompt's parts with the user's message cut into its pieces, if the template left it whole.</summary>
    private static PromptPart[] Cut(ChatPrompt chat, RagText text, out string? why)
    {
        PromptPart[] parts = [.. chat.Parts.Span];
        int place = Array.FindIndex(parts, part => part is { Message: UserMessage, Content: 0 });
        bool isWhole = place >= 0 && chat.Text.Span[parts[place].Start..parts[place].End].SequenceEqual(Encoding.UTF8.GetBytes(text.Whole));
        why = isWhole ? null : "The chat template changes the message that the documents stand in.";
        return isWhole ? [.. parts[..place], .. text.Cut(parts[place]), .. parts[(place + 1)..]] : parts;
    }

    private static DocumentSegment? Find(TokenizedPrompt prompt, int piece)
    {
        foreach (PromptSegment segment in prompt.Segments)
            if (segment.Message == UserMessage && segment.Content == piece)
                return new DocumentSegment(segment.Start, segment.Count, segment.IsExact);
        return null;
    }

    /// <summary>Finds each document, and whether its tokens are those that it has by itself.</summary>
    private static DocumentSegment[] Prove(TokenizedPrompt prompt, IReadOnlyList<string> documents, Vocabulary vocabulary)
    {
        DocumentSegment[] segments = new DocumentSegment[documents.Count];
        for (int i = 0; i < segments.Length; i++)
        {
            if (Find(prompt, RagText.PieceOf(i)) is not { } joint)
                continue;      // an empty one, whose lines a token of the label holds
            bool isStable = joint.IsStable
                && prompt.Tokens.AsSpan(joint.Start, joint.Count).SequenceEqual(Alone(documents[i], vocabulary));
            segments[i] = joint with { IsStable = isStable };
        }
        return segments;
    }

    /// <summary>A document's tokens between a line break and a character that is no space, as it stands behind any label.</summary>
    private static ReadOnlySpan<LlamaToken> Alone(string document, Vocabulary vocabulary)
    {
        byte[] text = Encoding.UTF8.GetBytes("\n" + document + RagText.DocumentEnd + "[");
        PromptPart[] parts =
        [
            new(PromptPartKind.Input, 0, 1), new(PromptPartKind.Input, 1, text.Length - 2, UserMessage, 0), new(PromptPartKind.Input, text.Length - 1, 1),
        ];
        TokenizedPrompt alone = PromptTokenizer.Tokenize(vocabulary, text, parts, addSpecial: false);
        return alone.Segments is [{ IsExact: true } segment] ? alone.Tokens.AsSpan(segment.Start, segment.Count) : default;
    }
}
