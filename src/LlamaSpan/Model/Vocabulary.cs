using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using CommunityToolkit.HighPerformance.Buffers;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>A model's tokens: from text and back, their bytes, and the special ones. Safe to use from any thread while the model is open.</summary>
public sealed unsafe partial class Vocabulary
{
    /// <summary>Longest text that can be tokenised, in bytes.</summary>
    public const int LongestText = 1 << 30;

    private readonly LlamaModel _model;
    private readonly Lazy<TokenTable> _tokens;

    internal Vocabulary(LlamaModel owner, llama_model* model)
    {
        _model = owner;
        llama_vocab* vocabulary = NativeMethods.llama_model_get_vocab(model);
        Kind = (VocabularyKind)NativeMethods.llama_vocab_type(vocabulary);
        Size = NativeMethods.llama_vocab_n_tokens(vocabulary);
        _tokens = new Lazy<TokenTable>(BuildTable);
        _special = new Lazy<SpecialTokens>(FindSpecialTokens);
        if (Kind == VocabularyKind.None)
            return;
        Bos = new(NativeMethods.llama_vocab_bos(vocabulary));
        Eos = new(NativeMethods.llama_vocab_eos(vocabulary));
        Eot = new(NativeMethods.llama_vocab_eot(vocabulary));
        Separator = new(NativeMethods.llama_vocab_sep(vocabulary));
        NewLine = new(NativeMethods.llama_vocab_nl(vocabulary));
        Padding = new(NativeMethods.llama_vocab_pad(vocabulary));
        Mask = new(NativeMethods.llama_vocab_mask(vocabulary));
        FillPrefix = new(NativeMethods.llama_vocab_fim_pre(vocabulary));
        FillSuffix = new(NativeMethods.llama_vocab_fim_suf(vocabulary));
        FillMiddle = new(NativeMethods.llama_vocab_fim_mid(vocabulary));
        FillPadding = new(NativeMethods.llama_vocab_fim_pad(vocabulary));
        FillRepository = new(NativeMethods.llama_vocab_fim_rep(vocabulary));
        FillSeparator = new(NativeMethods.llama_vocab_fim_sep(vocabulary));
        AddsBos = NativeMethods.llama_vocab_get_add_bos(vocabulary);
        AddsEos = NativeMethods.llama_vocab_get_add_eos(vocabulary);
        AddsSeparator = NativeMethods.llama_vocab_get_add_sep(vocabulary);
        int suppressed = 0;
        int* first = NativeMethods.llama_vocab_get_suppress_tokens(vocabulary, &suppressed);
        Suppressed = new ReadOnlySpan<LlamaToken>(first, suppressed).ToArray();
    }

    /// <summary>How its tokenizer works.</summary>
    public VocabularyKind Kind { get; }

    /// <summary>Number of tokens.</summary>
    public int Size { get; }

    /// <summary>Bytes and kind of every token; built at first use, then shared.</summary>
    /// <exception cref="ObjectDisposedException">The model was closed before the first use.</exception>
    public TokenTable Tokens => _tokens.Value;

    /// <summary>Begin of a text, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken Bos { get; } = LlamaToken.None;

    /// <summary>End of a text, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken Eos { get; } = LlamaToken.None;

    /// <summary>End of a turn, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken Eot { get; } = LlamaToken.None;

    /// <summary>Between two texts, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken Separator { get; } = LlamaToken.None;

    /// <summary>Line break, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken NewLine { get; } = LlamaToken.None;

    /// <summary>Padding, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken Padding { get; } = LlamaToken.None;

    /// <summary>Masked token, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken Mask { get; } = LlamaToken.None;

    /// <summary>Fill in the middle: before the prefix, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken FillPrefix { get; } = LlamaToken.None;

    /// <summary>Fill in the middle: before the suffix, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken FillSuffix { get; } = LlamaToken.None;

    /// <summary>Fill in the middle: before the answer, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken FillMiddle { get; } = LlamaToken.None;

    /// <summary>Fill in the middle: padding, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken FillPadding { get; } = LlamaToken.None;

    /// <summary>Fill in the middle: before a repository's name, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken FillRepository { get; } = LlamaToken.None;

    /// <summary>Fill in the middle: between files, or <see cref="LlamaToken.None"/>.</summary>
    public LlamaToken FillSeparator { get; } = LlamaToken.None;

    /// <summary>True if the model wants <see cref="Bos"/> in front of a text.</summary>
    public bool AddsBos { get; }

    /// <summary>True if the model wants <see cref="Eos"/> behind a text.</summary>
    public bool AddsEos { get; }

    /// <summary>True if the model wants <see cref="Separator"/> between the two texts of a pair.</summary>
    public bool AddsSeparator { get; }

    /// <summary>Tokens that the model's maker says must never be generated.</summary>
    public ReadOnlyMemory<LlamaToken> Suppressed { get; }

    /// <summary>True if the token ends a generation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The token is not in the vocabulary.</exception>
    public bool IsEndOfGeneration(LlamaToken token)
    {
        CheckToken(token);
        return Tokens.IsEndOfGeneration(token);
    }

    /// <summary>Turns a text into tokens.</summary>
    /// <param name="text">UTF-8, at most <see cref="LongestText"/> bytes.</param>
    /// <param name="addSpecial">True to add BOS and EOS as the model wants them.</param>
    /// <param name="parseSpecial">True to read special tokens spelled in the text as such; leave it false for text that others wrote.</param>
    /// <exception cref="TokenizeException">The text is not UTF-8, too long, has a run that the tokenizer cannot take, or there is no vocabulary.</exception>
    public LlamaToken[] Tokenize(ReadOnlySpan<byte> text, bool addSpecial = true, bool parseSpecial = false)
    {
        using SpanOwner<LlamaToken> room = SpanOwner<LlamaToken>.Allocate(RoomFor(text));
        return TryTokenize(text, room.Span, out int count, addSpecial, parseSpecial)
            ? room.Span[..count].ToArray()
            : Retry(text, count, addSpecial, parseSpecial);
    }

    /// <summary>Turns a text into tokens, as <see cref="Tokenize(ReadOnlySpan{byte}, bool, bool)"/>.</summary>
    /// <exception cref="TokenizeException">The text is not UTF-8, too long, has a run that the tokenizer cannot take, or there is no vocabulary.</exception>
    public LlamaToken[] Tokenize(string text, bool addSpecial = true, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        using SpanOwner<byte> utf8 = SpanOwner<byte>.Allocate(Encoding.UTF8.GetMaxByteCount(text.Length));
        if (Utf8.FromUtf16(text, utf8.Span, out int read, out int written, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new TokenizeException($"The text has half of a surrogate pair at character {read}.");
        return Tokenize(utf8.Span[..written], addSpecial, parseSpecial);
    }

    /// <summary>Appends a text's tokens to a writer; nothing is allocated where it has room.</summary>
    /// <returns>Number of tokens.</returns>
    /// <exception cref="TokenizeException">The text is not UTF-8, too long, has a run that the tokenizer cannot take, or there is no vocabulary.</exception>
    public int Tokenize(ReadOnlySpan<byte> text, IBufferWriter<LlamaToken> destination, bool addSpecial = true, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!TryTokenize(text, destination.GetSpan(RoomFor(text)), out int count, addSpecial, parseSpecial)
            && !TryTokenize(text, destination.GetSpan(count), out count, addSpecial, parseSpecial))
            throw new TokenizeException($"The tokenizer announced another number of tokens than the {count} it has.");
        destination.Advance(count);
        return count;
    }

    /// <summary>Writes a text's tokens, if there is room.</summary>
    /// <param name="text">UTF-8, at most <see cref="LongestText"/> bytes.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="count">Number of tokens written, or needed where the answer is false.</param>
    /// <param name="addSpecial">True to add BOS and EOS as the model wants them.</param>
    /// <param name="parseSpecial">True to read special tokens spelled in the text as such; leave it false for text that others wrote.</param>
    /// <returns>False if the destination is too short.</returns>
    /// <exception cref="TokenizeException">The text is not UTF-8, too long, has a run that the tokenizer cannot take, or there is no vocabulary.</exception>
    public bool TryTokenize(ReadOnlySpan<byte> text, Span<LlamaToken> destination, out int count, bool addSpecial = true, bool parseSpecial = false)
    {
        CheckText(text);
        using NativeHandle.Lease lease = _model.Use();
        nuint needed = 0;
        llamaspan_status status;
        fixed (byte* first = text)
        fixed (LlamaToken* tokens = destination)
        {
            byte empty = 0;
            LlamaToken none = default;
            status = NativeMethods.llamaspan_tokenize((llama_model*)lease.Pointer, first is null ? &empty : first, (nuint)text.Length,
                addSpecial, parseSpecial, (int*)(tokens is null ? &none : tokens), (nuint)destination.Length, &needed);
        }
        if (status is not (llamaspan_status.LLAMASPAN_STATUS_OK or llamaspan_status.LLAMASPAN_STATUS_BUFFER_TOO_SMALL))
            throw new TokenizeException($"The text of {text.Length} bytes could not be tokenised: {NativeGuard.LastError()}");
        count = (int)needed;
        return status == llamaspan_status.LLAMASPAN_STATUS_OK;
    }

    /// <summary>Turns tokens into text, as llama.cpp does: without the space that SentencePiece puts in front of a text.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="special">True to spell special tokens, false to leave them out.</param>
    /// <returns>UTF-8; broken at the ends where the tokens are.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="TokenizeException">There is no vocabulary.</exception>
    public byte[] Detokenize(ReadOnlySpan<LlamaToken> tokens, bool special = false)
    {
        foreach (LlamaToken token in tokens)
            CheckToken(token);
        if (tokens.IsEmpty)
            return [];
        using NativeHandle.Lease lease = _model.Use();
        byte[] text = new byte[(tokens.Length * 8) + 16];
        while (true)
        {
            nuint count = 0;
            llamaspan_status status;
            fixed (LlamaToken* first = tokens)
            fixed (byte* room = text)
                status = NativeMethods.llamaspan_detokenize((llama_model*)lease.Pointer, (int*)first, (nuint)tokens.Length, false, special, room, (nuint)text.Length, &count);
            if (status == llamaspan_status.LLAMASPAN_STATUS_OK)
                return text.AsSpan(0, (int)count).ToArray();
            if (status != llamaspan_status.LLAMASPAN_STATUS_BUFFER_TOO_SMALL)
                throw new TokenizeException($"{tokens.Length} tokens could not be turned into text: {NativeGuard.LastError()}");
            text = new byte[(int)count];
        }
    }

    /// <summary>Turns tokens into a string, as <see cref="Detokenize"/>; broken characters become U+FFFD.</summary>
    public string DetokenizeToString(ReadOnlySpan<LlamaToken> tokens, bool special = false) => Encoding.UTF8.GetString(Detokenize(tokens, special));

    internal void CheckToken(LlamaToken token)
    {
        if ((uint)token.Id >= (uint)Size)
            throw new ArgumentOutOfRangeException(nameof(token), token.Id, $"Token {token.Id} is outside the vocabulary, 0..{Size - 1}.");
    }

    /// <summary>Tokens that a text can become at most, but for tokenizers that normalise it: a byte each, and what is added.</summary>
    private static int RoomFor(ReadOnlySpan<byte> text) => text.Length + 8;

    private LlamaToken[] Retry(ReadOnlySpan<byte> text, int count, bool addSpecial, bool parseSpecial)
    {
        LlamaToken[] tokens = new LlamaToken[count];
        return TryTokenize(text, tokens, out int again, addSpecial, parseSpecial) && again == count
            ? tokens
            : throw new TokenizeException($"The tokenizer announced {count} tokens and then {again}.");
    }

    internal void CheckText(ReadOnlySpan<byte> text)
    {
        if (Kind == VocabularyKind.None)
            throw new TokenizeException($"{_model.Description} has no vocabulary.");
        if (text.Length > LongestText)
            throw new TokenizeException($"The text has {text.Length} bytes; at most {LongestText} can be tokenised at once.");
        if (Utf8.IsValid(text))
            return;
        int valid = 0;
        while (Rune.DecodeFromUtf8(text[valid..], out _, out int length) == OperationStatus.Done)
            valid += length;
        throw new TokenizeException($"The text is not UTF-8 at byte {valid} (0x{text[valid]:x2}).");
    }

    private TokenTable BuildTable()
    {
        using NativeHandle.Lease lease = _model.Use();
        llama_model* model = (llama_model*)lease.Pointer;
        llama_vocab* vocabulary = NativeMethods.llama_model_get_vocab(model);
        int count = Kind == VocabularyKind.None ? 0 : Size;
        using ArrayPoolBufferWriter<byte> bytes = new(count * 8 + 16);
        int[] starts = new int[count + 1];
        TokenKind[] kinds = new TokenKind[count];
        List<LlamaToken> ends = [];
        for (int id = 0; id < count; id++)
        {
            WritePiece(model, id, bytes);
            starts[id + 1] = bytes.WrittenCount;
            kinds[id] = KindOf(NativeMethods.llama_vocab_get_attr(vocabulary, id));
            if (NativeMethods.llama_vocab_is_eog(vocabulary, id))
                ends.Add(new LlamaToken(id));
        }
        return new TokenTable(bytes.WrittenSpan.ToArray(), starts, kinds, CollectionsMarshal.AsSpan(ends)) { Kind = Kind };
    }

    private static void WritePiece(llama_model* model, int id, ArrayPoolBufferWriter<byte> bytes)
    {
        nuint length = 64;
        while (true)
        {
            Span<byte> room = bytes.GetSpan((int)length);
            llamaspan_status status;
            fixed (byte* first = room)
                status = NativeMethods.llamaspan_token_to_piece(model, id, special: true, first, (nuint)room.Length, &length);
            if (status == llamaspan_status.LLAMASPAN_STATUS_OK)
            {
                bytes.Advance((int)length);
                return;
            }
            if (status != llamaspan_status.LLAMASPAN_STATUS_BUFFER_TOO_SMALL)
                throw new TokenizeException($"Token {id} has no text: {NativeGuard.LastError()}");
        }
    }

    private static TokenKind KindOf(llama_token_attr attributes)
    {
        if (attributes.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_CONTROL))
            return TokenKind.Control;
        if ((attributes & (llama_token_attr.LLAMA_TOKEN_ATTR_UNUSED | llama_token_attr.LLAMA_TOKEN_ATTR_UNKNOWN)) != 0)
            return TokenKind.Unused;
        if (attributes.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_BYTE))
            return TokenKind.Byte;
        return attributes.HasFlag(llama_token_attr.LLAMA_TOKEN_ATTR_USER_DEFINED) ? TokenKind.UserDefined : TokenKind.Text;
    }
}
