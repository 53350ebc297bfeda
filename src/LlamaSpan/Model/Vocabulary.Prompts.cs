using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using CommunityToolkit.HighPerformance.Buffers;
using LlamaSpan.Native;

namespace LlamaSpan;

public sealed unsafe partial class Vocabulary
{
    private readonly Lazy<SpecialTokens> _special;

    /// <summary>Special tokens as the tokenizer looks for them; found at first use.</summary>
    internal SpecialTokens Special => _special.Value;

    /// <summary>What the tokenizer puts before a text, or none.</summary>
    internal LlamaToken StartToken => Kind switch
    {
        VocabularyKind.WordPiece => Bos,
        VocabularyKind.Rwkv => LlamaToken.None,
        _ => AddsBos ? Bos : LlamaToken.None,
    };

    /// <summary>What the tokenizer puts behind a text, or none.</summary>
    internal LlamaToken EndToken => Kind switch
    {
        VocabularyKind.WordPiece => Separator,
        VocabularyKind.Rwkv => LlamaToken.None,
        _ => AddsEos ? Eos : LlamaToken.None,
    };

    /// <summary>
    /// Turns a text whose parts have different origins into tokens: as the whole with special tokens parsed, but those only where a
    /// template wrote them. What users and documents bring stays text, whatever it spells.
    /// </summary>
    /// <param name="text">UTF-8, at most <see cref="LongestText"/> bytes.</param>
    /// <param name="parts">Where it comes from: parts that follow one another and cover the text.</param>
    /// <param name="addSpecial">True to add BOS and EOS as the model wants them; one that the template wrote there already is not added again.</param>
    /// <exception cref="TokenizeException">The text is not UTF-8, too long, has a run that the tokenizer cannot take, or there is no vocabulary.</exception>
    /// <exception cref="ArgumentException">The parts do not cover the text.</exception>
    public LlamaToken[] Tokenize(ReadOnlySpan<byte> text, ReadOnlySpan<PromptPart> parts, bool addSpecial = true) =>
        PromptTokenizer.Tokenize(this, text, parts, addSpecial).Tokens;

    /// <summary>
    /// Turns a prompt that someone wrote by hand, special tokens and all, into tokens: <c>&lt;s&gt;[INST] ... [/INST]</c>,
    /// <c>&lt;|im_start|&gt;user ...</c>. BOS is added where the model wants it and the text does not begin with it, so there are never two.
    /// Not for text that holds what others wrote: it could spell special tokens too.
    /// </summary>
    /// <param name="text">UTF-8, at most <see cref="LongestText"/> bytes; white space before a spelled BOS is dropped.</param>
    /// <exception cref="TokenizeException">The text is not UTF-8, too long, has a run that the tokenizer cannot take, or there is no vocabulary.</exception>
    public LlamaToken[] TokenizePrompt(ReadOnlySpan<byte> text)
    {
        CheckText(text);
        LlamaToken start = StartToken;
        if (start.Exists)
        {
            ReadOnlySpan<byte> trimmed = text.TrimStart(" \t\r\n"u8);
            if (trimmed.StartsWith(Tokens[start]))
                text = trimmed;
        }
        LlamaToken[] tokens = Tokenize(text, addSpecial: false, parseSpecial: true);
        return start.Exists && (tokens is [] || tokens[0] != start) ? [start, .. tokens] : tokens;
    }

    /// <summary>Turns a prompt that someone wrote by hand into tokens, as <see cref="TokenizePrompt(ReadOnlySpan{byte})"/>.</summary>
    /// <exception cref="TokenizeException">The text has half of a surrogate pair, is too long, has a run that the tokenizer cannot take, or there is no vocabulary.</exception>
    public LlamaToken[] TokenizePrompt(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        using SpanOwner<byte> utf8 = SpanOwner<byte>.Allocate(Encoding.UTF8.GetMaxByteCount(text.Length));
        if (Utf8.FromUtf16(text, utf8.Span, out int read, out int written, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new TokenizeException($"The text has half of a surrogate pair at character {read}.");
        return TokenizePrompt(utf8.Span[..written]);
    }

    /// <summary>The special token with a spelling, or <see cref="LlamaToken.None"/>.</summary>
    /// <param name="spelling">UTF-8, such as <c>&lt;|im_start|&gt;</c>.</param>
    public LlamaToken FindSpecial(ReadOnlySpan<byte> spelling) => Special.Find(spelling);

    private SpecialTokens FindSpecialTokens()
    {
        using NativeHandle.Lease lease = _model.Use();
        llama_vocab* vocabulary = NativeMethods.llama_model_get_vocab((llama_model*)lease.Pointer);
        List<SpecialToken> found = [];
        for (int id = 0; id < (Kind == VocabularyKind.None ? 0 : Size); id++)
        {
            llama_token_attr attributes = NativeMethods.llama_vocab_get_attr(vocabulary, id);
            bool isControl = (attributes & (llama_token_attr.LLAMA_TOKEN_ATTR_CONTROL | llama_token_attr.LLAMA_TOKEN_ATTR_UNKNOWN)) != 0;
            if (!isControl && !attributes.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_USER_DEFINED))
                continue;
            byte[] spelling = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(NativeMethods.llama_vocab_get_text(vocabulary, id)).ToArray();
            found.Add(new SpecialToken(new LlamaToken(id), spelling, isControl,
                attributes.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_LSTRIP), attributes.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_RSTRIP)));
        }
        return new SpecialTokens(found);
    }
}
