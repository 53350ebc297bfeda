using CommunityToolkit.HighPerformance.Buffers;

namespace LlamaSpan;

/// <summary>Tokens appended without asking the model: what a constraint forces, and the end of a text at its limit.</summary>
internal sealed class ForcedTokens(GenerationOptions options, Vocabulary vocabulary)
{
    private const int LongestMerge = 6;      // tokens at the end of forced text that later text may merge with

    private readonly TokenTable _table = vocabulary.Tokens;
    private readonly ArrayPoolBufferWriter<byte> _forcedText = new();
    private readonly ArrayPoolBufferWriter<LlamaToken> _forced = new();
    private readonly ArrayPoolBufferWriter<LlamaToken> _end = new();
    private ITokenConstraint? _constraint;
    private int _forcedAt, _forcedEnd;       // the part of _forced that is still to come
    private bool _closing;                   // that part is the text's end
    private bool _closable;                  // an end fits into what is left

    /// <summary>How many tokens were taken.</summary>
    internal int Count { get; private set; }

    /// <summary>True if nothing but the end may follow, and the model need not be asked.</summary>
    internal bool MustEnd => options.FastForward && _constraint is ITextConstraint { MustEnd: true } && !options.IgnoreEndOfGeneration;

    /// <summary>True once the last token of a forced end was taken.</summary>
    internal bool IsClosed => _closing && _forcedAt == _forcedEnd;

    /// <summary>Begins a text.</summary>
    /// <param name="constraint">What forces them; null for nothing.</param>
    /// <param name="left">How many tokens may still come, the context's room counted; so in the other calls.</param>
    internal void Begin(ITokenConstraint? constraint, int left)
    {
        _constraint = constraint;
        (_forcedAt, _forcedEnd, Count, _closing) = (0, 0, 0, false);
        _closable = options.CloseAtLimit && constraint is ITextConstraint text && LengthOfEnd(text) <= left;
        Force(left);
    }

    /// <summary>Takes the next token that is forced; false if the model has to be asked.</summary>
    internal bool TryTake(out LlamaToken token)
    {
        bool any = _forcedAt < _forcedEnd;
        token = any ? _forced.WrittenSpan[_forcedAt++] : LlamaToken.None;
        Count += any ? 1 : 0;
        return any;
    }

    /// <summary>
    /// Whether an end still fits after a token; if not, the end that fits without it comes next. As this is asked of each token, there is one.
    /// </summary>
    internal bool LeavesRoom(LlamaToken token, int left)
    {
        if (!_closable || _constraint is not ITextConstraint text || _table.IsEndOfGeneration(token))
            return true;
        text.Accept(token);
        int tokens = LengthOfEnd(text);
        text.Rollback(1);
        if (tokens < left)
            return true;
        _forced.Clear();
        (_forcedAt, _forcedEnd, _closing) = (0, text.ClosingTokens(_forced), true);
        return false;
    }

    private int LengthOfEnd(ITextConstraint text)
    {
        _end.Clear();
        int tokens = text.ClosingTokens(_end);
        return tokens < 0 ? int.MaxValue : tokens;
    }

    /// <summary>Queues what the constraint leaves no choice about, spelled as the tokenizer spells it, but for tokens that could become longer.</summary>
    internal void Force(int left)
    {
        if (!options.FastForward || _closing || _constraint is not ITextConstraint text)
            return;
        _forcedText.Clear();
        if (text.ForcedBytes(_forcedText) == 0)
            return;
        ReadOnlySpan<byte> bytes = WholeCharacters(_forcedText.WrittenSpan);
        if (!TrySpell(bytes))
            return;
        int kept = Settled(_forced.WrittenSpan[_forcedAt.._forcedEnd], text);
        _forcedEnd = kept == 0 || kept > left || (_closable && !LeavesRoom(text, kept, left)) ? _forcedAt : _forcedAt + kept;
    }

    private bool LeavesRoom(ITextConstraint text, int forced, int left)
    {
        foreach (LlamaToken token in _forced.WrittenSpan.Slice(_forcedAt, forced))
            text.Accept(token);
        long tokens = LengthOfEnd(text);
        text.Rollback(forced);
        return forced + tokens <= left;
    }

    /// <summary>
    /// Spells what the constraint leaves no choice about as the tokenizer does: a guess, for the model may spell it otherwise. Nothing where
    /// such text is appended without asking the model.
    /// </summary>
    /// <returns>Tokens written, as many as there is room for.</returns>
    internal int Guess(Span<LlamaToken> destination)
    {
        if (options.FastForward || _closing || _constraint is not ITextConstraint text)
            return 0;
        _forcedText.Clear();
        if (text.ForcedBytes(_forcedText) == 0 || !TrySpell(WholeCharacters(_forcedText.WrittenSpan)))
            return 0;
        ReadOnlySpan<LlamaToken> spelled = _forced.WrittenSpan[_forcedAt.._forcedEnd];
        int count = Math.Min(spelled.Length, destination.Length);
        spelled[..count].CopyTo(destination);
        _forcedEnd = _forcedAt;
        return count;
    }

    /// <summary>Tokenizes a text that continues another; SentencePiece's space in front is avoided by a line break before it.</summary>
    private bool TrySpell(ReadOnlySpan<byte> bytes)
    {
        _forced.Clear();
        (_forcedAt, _forcedEnd) = (0, vocabulary.Tokenize(bytes, _forced, addSpecial: false));
        if (Spells(bytes))
            return true;
        int length = bytes.Length;
        using SpanOwner<byte> line = SpanOwner<byte>.Allocate(length + 1);
        line.Span[0] = (byte)'\n';
        bytes.CopyTo(line.Span[1..]);
        _forced.Clear();
        _forcedEnd = vocabulary.Tokenize(line.Span, _forced, addSpecial: false);
        while (_forcedAt < _forcedEnd && !_table[_forced.WrittenSpan[_forcedAt++]].EndsWith("\n"u8))
        {
        }
        if (Spells(bytes))
            return true;
        _forcedEnd = _forcedAt;
        return false;
    }

    private bool Spells(ReadOnlySpan<byte> bytes)
    {
        foreach (LlamaToken token in _forced.WrittenSpan[_forcedAt.._forcedEnd])
        {
            if (_table.KindOf(token) is TokenKind.Control or TokenKind.Unused || !bytes.StartsWith(_table[token]))
                return false;
            bytes = bytes[_table[token].Length..];
        }
        return bytes.IsEmpty;
    }

    /// <summary>How many tokens stay whatever follows: those at the end that some longer token begins with are left to the model.</summary>
    private int Settled(ReadOnlySpan<LlamaToken> tokens, ITextConstraint text)
    {
        int kept = tokens.Length, length = 0;
        Span<byte> suffix = stackalloc byte[256];
        for (int i = tokens.Length - 1; i >= 0 && i >= tokens.Length - LongestMerge; i--)
        {
            ReadOnlySpan<byte> bytes = _table[tokens[i]];
            if (length + bytes.Length > suffix.Length)
                break;
            suffix[..length].CopyTo(suffix[bytes.Length..]);
            bytes.CopyTo(suffix);
            length += bytes.Length;
            if (text.IsLongerToken(suffix[..length]))
                kept = i;
        }
        return kept;
    }

    /// <summary>The text without a character begun at its end.</summary>
    private static ReadOnlySpan<byte> WholeCharacters(ReadOnlySpan<byte> text)
    {
        int whole = 0;
        while (whole < text.Length && System.Text.Rune.DecodeFromUtf8(text[whole..], out _, out int length) == System.Buffers.OperationStatus.Done)
            whole += length;
        return text[..whole];
    }
}
