using System.Text;

namespace LlamaSpan;

/// <summary>
/// Within free text before a marker, after which a value is read; the head's A is how much of the marker the text ends with (Knuth, Morris and
/// Pratt, 1977).
/// </summary>
internal sealed class MarkerNode : Node
{
    private readonly byte[] _marker;
    private readonly int[] _next; // [state * 256 + byte]

    /// <param name="embedding">What surrounds the value.</param>
    /// <param name="value">Before the value.</param>
    /// <param name="mayEnd">Whether the text may end here.</param>
    public MarkerNode(JsonEmbedding embedding, Node value, bool mayEnd)
    {
        (_marker, Value, MayEnd, IsPartOfValue) = (Encoding.UTF8.GetBytes(embedding.Marker), value, mayEnd, embedding.IsPartOfValue);
        Closing = embedding.Closing.Length == 0 ? null : new LiteralNode(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(embedding.Closing)));
        After = !embedding.Repeats ? EndNode.Instance : mayEnd ? this : new MarkerNode(embedding, value, mayEnd: true);
        _next = new int[_marker.Length * 256];
        int suffix = 0; // the state after the marker without its first byte
        for (int state = 0; state < _marker.Length; state++)
        {
            for (int b = 0; b < 256; b++)
                _next[(state * 256) + b] = b == _marker[state] ? state + 1 : state == 0 ? 0 : _next[(suffix * 256) + b];
            suffix = state == 0 ? 0 : _next[(suffix * 256) + _marker[state]];
        }
    }

    public Node Value { get; }

    public bool MayEnd { get; }

    public bool IsPartOfValue { get; }

    /// <summary>What must follow the value, or null.</summary>
    public LiteralNode? Closing { get; }

    /// <summary>What follows after that.</summary>
    public Node After { get; }

    public ReadOnlySpan<byte> Marker => _marker;

    /// <summary>One byte on; the marker's length once it is whole.</summary>
    public int Step(int state, byte b) => _next[(state * 256) + b];

    /// <summary>Whether the marker becomes whole within some bytes.</summary>
    public bool Completes(int state, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            if ((state = Step(state, b)) == _marker.Length)
                return true;
        return false;
    }
}
