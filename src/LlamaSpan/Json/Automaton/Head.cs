namespace LlamaSpan;

/// <summary>
/// One of the readings of a text that are still possible. A text is accepted as long as one head lives. What A to D mean depends on the node.
/// </summary>
internal struct Head
{
    public Node Node;
    public int A;
    public int B;
    public int C;
    public int D;

    /// <summary>The frame to return to once this value ends.</summary>
    public int Frame;

    /// <summary>The last of the names (of an object) that no schema lists, or of the items (of an array) that must differ; 0 if there is none.</summary>
    public int Extras;

    public readonly bool Equals(in Head other) =>
        ReferenceEquals(Node, other.Node) && A == other.A && B == other.B && C == other.C && D == other.D && Frame == other.Frame && Extras == other.Extras;
}

/// <summary>Where a value returns to: the state of the object or array around it.</summary>
internal struct Frame
{
    public Node Next;
    public int Parent;
    public int Extras;
    public int Depth;

    /// <summary>Where the text of an item begins that must differ from those before it, or -1 for another value.</summary>
    public int Item;

    /// <summary>The innermost frame of such an item that this one is or lies in, 0 if there is none or what lies in it is not followed.</summary>
    public int Around;
}

/// <summary>A property's name or an item, as a part of the text read, and the one before it.</summary>
internal struct ExtraName
{
    public int Start;
    public int Length;
    public int Before;

    /// <summary>Of an object or array that is an item: equal ones have the same.</summary>
    public int Hash;
}
