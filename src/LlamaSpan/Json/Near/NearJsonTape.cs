using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>What a near-JSON text says: its values in document order, and their texts in one buffer.</summary>
internal sealed class NearJsonTape
{
    private readonly List<NearJsonNode> _nodes = [];
    private readonly List<byte> _text = [];

    /// <summary>Indices of the outermost values found, in the text's order.</summary>
    public List<int> Roots { get; } = [];

    public NearJsonChanges Changes { get; set; }

    public int Count => _nodes.Count;

    public ref NearJsonNode this[int index] => ref CollectionsMarshal.AsSpan(_nodes)[index];

    public ReadOnlySpan<byte> TextOf(int index) =>
        CollectionsMarshal.AsSpan(_text).Slice(_nodes[index].Start, _nodes[index].Length);

    public int Add(NearJsonKind kind)
    {
        _nodes.Add(new NearJsonNode { Kind = kind, End = _nodes.Count + 1 });
        return _nodes.Count - 1;
    }

    /// <summary>Adds a node whose text is what was appended since <paramref name="start"/>.</summary>
    public int AddText(NearJsonKind kind, int start)
    {
        int node = Add(kind);
        this[node].Start = start;
        this[node].Length = _text.Count - start;
        return node;
    }

    public int TextLength => _text.Count;

    public void Append(byte b) => _text.Add(b);

    public void Append(ReadOnlySpan<byte> bytes) => _text.AddRange(bytes);

    /// <summary>Drops the text from an offset on.</summary>
    public void CutText(int length) => CollectionsMarshal.SetCount(_text, length);

    /// <summary>Drops spaces at the end of the text, back to <paramref name="start"/> at most.</summary>
    public void TrimText(int start)
    {
        while (_text.Count > start && _text[^1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            _text.RemoveAt(_text.Count - 1);
    }

    /// <summary>Drops the nodes from an index on.</summary>
    public void Cut(int count) => CollectionsMarshal.SetCount(_nodes, count);

    /// <summary>Ends a container: everything after it is its content.</summary>
    public void Close(int container) => this[container].End = _nodes.Count;
}
