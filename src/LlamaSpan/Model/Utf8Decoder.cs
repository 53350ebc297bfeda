using System.Buffers;
using System.Text;

namespace LlamaSpan;

/// <summary>
/// Turns tokens into text one by one and never gives out part of a UTF-8 character: bytes that begin one are held back until the rest
/// comes. Bytes that cannot become a character are given as U+FFFD. Special tokens give nothing.
/// </summary>
/// <param name="tokens">The vocabulary's token table.</param>
/// <param name="special">True to spell control tokens.</param>
public sealed class Utf8Decoder(TokenTable tokens, bool special = false)
{
    private readonly TokenTable _tokens = tokens ?? throw new ArgumentNullException(nameof(tokens));
    private byte[] _text = new byte[256];
    private int _held;

    /// <summary>Bytes of an unfinished character held back, 0 to 3.</summary>
    public int HeldBytes => _held;

    /// <summary>Appends a token.</summary>
    /// <returns>The characters that are complete now, UTF-8, possibly empty; valid until the next call on this decoder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The token is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> Append(LlamaToken token)
    {
        if (!special && _tokens.KindOf(token) is TokenKind.Control or TokenKind.Unused)
            return default;
        return Append(_tokens[token]);
    }

    /// <summary>Appends raw bytes.</summary>
    /// <returns>The characters that are complete now, UTF-8, possibly empty; valid until the next call on this decoder.</returns>
    public ReadOnlySpan<byte> Append(ReadOnlySpan<byte> piece)
    {
        int length = _held + piece.Length;
        if (_given > 0)
        {
            _text.AsSpan(_given, _held).CopyTo(_text);
            _given = 0;
        }
        Reserve(length);
        piece.CopyTo(_text.AsSpan(_held));
        return Give(length, final: false);
    }

    /// <summary>Gives what is held back, as U+FFFD if anything is.</summary>
    /// <returns>Valid until the next call on this decoder.</returns>
    public ReadOnlySpan<byte> Finish()
    {
        _text.AsSpan(_given, _held).CopyTo(_text);
        _given = 0;
        return Give(_held, final: true);
    }

    /// <summary>Forgets what is held back.</summary>
    public void Reset() => (_held, _given) = (0, 0);

    private int _given;      // length of the last result; what is held stands behind it

    private ReadOnlySpan<byte> Give(int length, bool final)
    {
        int at = 0;
        while (at < length)
        {
            OperationStatus status = Rune.DecodeFromUtf8(_text.AsSpan(at, length - at), out _, out int consumed);
            if (status == OperationStatus.NeedMoreData && !final)
                break;
            if (status == OperationStatus.Done)
            {
                at += consumed;
                continue;
            }
            Reserve(length + 3);      // a wrong byte becomes three
            _text.AsSpan(at + consumed, length - at - consumed).CopyTo(_text.AsSpan(at + 3));
            "\uFFFD"u8.CopyTo(_text.AsSpan(at));
            length += 3 - consumed;
            at += 3;
        }
        (_given, _held) = (at, length - at);
        return _text.AsSpan(0, at);
    }

    private void Reserve(int length)
    {
        if (length > _text.Length)
            Array.Resize(ref _text, Math.Max(length, _text.Length * 2));
    }
}
