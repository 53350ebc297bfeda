namespace LlamaSpan;

/// <summary>Writes a text piece by piece as far as a grammar lets it, and takes pieces back.</summary>
internal sealed class TextCursor(JsonGrammar grammar)
{
    private readonly Tape _tape = new(grammar);
    private int _from;
    private int _to = 1;

    /// <summary>A place to come back to.</summary>
    public readonly record struct Place(int From, int To, Tape.Mark Mark);

    public JsonGrammar Grammar => grammar;

    public ReadOnlySpan<byte> Text => _tape.Text;

    public int Length => _tape.TextLength;

    public bool IsComplete => _tape.IsComplete(_from, _to);

    public Place Here => new(_from, _to, _tape.Now());

    /// <summary>What the readings of the text are within; a number that may end counts as ended.</summary>
    public IEnumerable<Node> Nodes
    {
        get
        {
            for (int i = _from; i < _to; i++)
                yield return _tape[i] is { Node: NumberNode number } head && number.Machine.Accepts(head.A) ? _tape.FrameAt(head.Frame).Next : _tape[i].Node;
        }
    }

    public void Return(Place place)
    {
        (_from, _to) = (place.From, place.To);
        _tape.Restore(place.Mark);
    }

    /// <summary>Appends a text if the grammar lets it; else nothing.</summary>
    public bool TryWrite(ReadOnlySpan<byte> text)
    {
        Place before = Here;
        foreach (byte b in text)
        {
            int start = _tape.HeadTop;
            if (!_tape.Step(_from, _to, b))
            {
                Return(before);
                return false;
            }
            (_from, _to) = (start, _tape.HeadTop);
        }
        return true;
    }
}
