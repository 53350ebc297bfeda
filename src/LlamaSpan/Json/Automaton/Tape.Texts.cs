namespace LlamaSpan;

/// <content>Free text before a marker, and strings that come from given texts.</content>
internal sealed partial class Tape
{
    private void StepGrounded(ref Head h, GroundedNode grounded, byte b, int start)
    {
        if (TextsOf(grounded) is not { } texts)
            return;
        if (b == '"' && h.A == 0)
        {
            if (grounded.Accepts(texts, h))
                Leave(h, TextLength, start);
        }
        else if (grounded.Step(texts, ref h, b))
        {
            Emit(h, start);
        }
    }

    /// <summary>The texts that a string must come from, or null if there are none.</summary>
    public TextAutomaton? TextsOf(GroundedNode node)
    {
        TouchedGrounding = true;
        if (node.Place is not { } place)
            return Grounding?.Find(node.Source);
        TouchedValues = true;
        if (_values.TryGetValue(place, out (TextAutomaton? Texts, int End) known))
            return known.Texts;
        List<byte[]> values = place.Find(Text, out int end);
        if (end == TextLength)
            return null; // more may come there
        TextAutomaton? texts = values.Count == 0 ? null : TextTrie.Of(values);
        _values.Add(place, (texts, end));
        _valuesEnd = Math.Max(_valuesEnd, end);
        return texts;
    }

    // what the text says at the places that strings must repeat, and up to where it was read for that
    private readonly Dictionary<JsonPlace, (TextAutomaton? Texts, int End)> _values = [];
    private int _valuesEnd;

    private void ForgetValues()
    {
        _values.Clear();
        _valuesEnd = 0;
    }

    private void StepMarker(ref Head h, MarkerNode marker, byte b, int start)
    {
        h.A = marker.Step(h.A, b);
        if (h.A < marker.Marker.Length)
            Emit(h, start);
        else
            StartValue(h, marker, start);
    }

    /// <summary>Into the value after a marker, from its beginning or, where the marker is part of it, from behind that.</summary>
    private void StartValue(in Head h, MarkerNode marker, int start)
    {
        int frame = AddFrame(new Frame { Next = marker.After, Parent = h.Frame, Item = -1 });
        if (marker.Closing is not null)
            frame = AddFrame(new Frame { Next = marker.Closing, Parent = frame, Item = -1 });
        int from = start;
        Emit(new Head { Node = marker.Value, Frame = frame }, start);
        if (!marker.IsPartOfValue)
            return;
        foreach (byte b in marker.Marker)
        {
            int to = _headTop;
            for (int i = from; i < to; i++)
            {
                Head head = _heads[i];
                StepHead(ref head, b, to);
            }
            MoveHeads(to, from);
        }
    }
}
