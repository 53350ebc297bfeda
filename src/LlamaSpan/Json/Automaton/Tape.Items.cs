namespace LlamaSpan;

/// <content>
/// Items that must differ from those before them: their texts, and the end of one, which must be none of those. A scalar is spelled
/// canonically, so that equal spelling is equality.
/// </content>
internal sealed partial class Tape
{
    /// <summary>The text of an item up to a place, without the white space before it.</summary>
    public ReadOnlySpan<byte> ItemUpTo(int frame, int end) => _text.AsSpan(_frames[frame].Item..end).TrimStart(" \n\r\t"u8);

    /// <summary>
    /// Whether a head is within a scalar that tells its item from others, alone or with few values to come: what it may become then hangs on theirs.
    /// </summary>
    public bool IsInDistinctScalar(in Head head) =>
        IsScalar(head.Node) && _frames[head.Frame].Around is not 0 and int item && WaysUpTo(item, head.Frame) < Ways.Many;

    /// <summary>How many unlisted names and items that must differ the objects and arrays around a head hold so far.</summary>
    public int ExtrasAround(in Head head)
    {
        int count = 0;
        for (int e = head.Extras; e != 0; e = _extras[e].Before)
            count++;
        for (int f = head.Frame; f > 0; f = _frames[f].Parent)
            for (int e = _frames[f].Extras; e != 0; e = _extras[e].Before)
                count++;
        return count;
    }

    /// <summary>The texts of items that must not come again, or of unlisted names: those up to one of them.</summary>
    public List<byte[]> ItemsBefore(int extras)
    {
        List<byte[]> texts = [];
        for (int e = extras; e != 0; e = _extras[e].Before)
            texts.Add(_text.AsSpan(_extras[e].Start, _extras[e].Length).ToArray());
        return texts;
    }

    /// <summary>The head after a value, unless that repeats an item; <paramref name="end"/> is where it ends.</summary>
    public bool TryReturn(in Head h, int end, out Head after)
    {
        after = Return(h);
        int start = _frames[h.Frame].Item;
        if (start < 0)
            return true;
        if (IgnoreExtras)
        {
            NoteItem(start);
            return true;
        }
        ReadOnlySpan<byte> item = ItemUpTo(h.Frame, end);
        int hash = item[0] is (byte)'{' or (byte)'[' ? JsonEquality.HashOf(item) : 0;
        for (int e = IsApart(start) ? 0 : after.Extras; e != 0; e = _extras[e].Before)
            if (_extras[e].Hash == hash && JsonEquality.AreEqual(ExtraText(e), item))
                return false;
        after.Extras = AddExtra(end - item.Length, item.Length, after.Extras);
        _extras[after.Extras].Hash = hash;
        return true;
    }

    /// <summary>Finds where in an item before one the scalar begun in that goes on; false if there is none that begins so.</summary>
    public bool TryFollow(in Head head, int frame, int extra, out int from, out int to)
    {
        ReadOnlySpan<byte> begun = ItemUpTo(frame, TextLength), item = ExtraText(extra);
        bool begins = item.StartsWith(begun);
        (from, to) = (begun.Length, item.Length);
        if (head.Frame != frame)
        {
            var beginning = new ItemBeginning(begun, Around(frame, head));
            if (!beginning.Begins(item) || !beginning.TryFollow(out from, out to))
                return false;
            begins = true;
        }
        (from, to) = (from + _extras[extra].Start, to + _extras[extra].Start);
        return begins;
    }

    private ReadOnlySpan<byte> ExtraText(int extra) => _text.AsSpan(_extras[extra].Start, _extras[extra].Length);

    private void Leave(in Head h, int end, int start)
    {
        if (TryReturn(h, end, out Head after))
            Emit(after, start);
    }

    /// <summary>Whether a scalar may go on with the rest of a text to that text's end.</summary>
    private static bool MayBecome(Head head, ReadOnlySpan<byte> rest)
    {
        switch (head.Node)
        {
            case StringNode s:
                foreach (byte b in rest[..^1])
                    if (!s.Machine.Step(ref head.A, ref head.B, b))
                        return false;
                return s.Machine.Accepts(head.A, head.B);
            case NumberNode n:
                foreach (byte b in rest)
                    if (!n.Machine.Step(ref head.A, ref head.B, b))
                        return false;
                return n.Machine.Accepts(head.A);
            default:
                return true;
        }
    }
}
