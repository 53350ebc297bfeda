namespace LlamaSpan;

/// <summary>
/// The text of one generation: tokens in, UTF-8 in whole characters out, without stop strings. Once its buffers have grown it allocates nothing.
/// </summary>
internal sealed class OutputText(TokenTable table, bool spellSpecialTokens, IReadOnlyList<string> stops)
{
    private readonly Utf8Decoder _decoder = new(table, spellSpecialTokens);
    private readonly StopStringMatcher _stops = new(stops);
    private byte[] _last = new byte[256];

    /// <summary>True once a stop string came up.</summary>
    internal bool StopFound => _stops.Found;

    /// <summary>Appends a token.</summary>
    /// <returns>Text that is certain now; valid until the next call.</returns>
    internal ReadOnlySpan<byte> Append(LlamaToken token) => _stops.Append(_decoder.Append(token));

    /// <summary>Ends the text.</summary>
    /// <param name="text">What the last <see cref="Append"/> gave, if it was not given out yet.</param>
    /// <returns>That, and what was held back; valid until the next call.</returns>
    internal ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Last(text.Length));
        int length = text.Length;
        Add(_stops.Append(_decoder.Finish()), ref length);
        if (!_stops.Found)
            Add(_stops.Finish(), ref length);
        return _last.AsSpan(0, length);
    }

    internal void Reset()
    {
        _decoder.Reset();
        _stops.Reset();
    }

    private void Add(ReadOnlySpan<byte> tail, ref int length)
    {
        tail.CopyTo(Last(length + tail.Length)[length..]);
        length += tail.Length;
    }

    private Span<byte> Last(int length)
    {
        if (length > _last.Length)
            Array.Resize(ref _last, Math.Max(length, _last.Length * 2));
        return _last;
    }
}
