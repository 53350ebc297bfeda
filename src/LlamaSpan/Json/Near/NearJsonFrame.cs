namespace LlamaSpan;

/// <summary>What an open container expects next.</summary>
internal enum NearJsonExpect : byte
{
    Name,
    Colon,
    Value,
    Comma,
}

/// <summary>An object or array that is being read.</summary>
internal struct NearJsonFrame
{
    public bool IsArray;
    public NearJsonExpect Expect;

    /// <summary>The member being read lacks its colon.</summary>
    public bool NoColon;

    /// <summary>The character that closes it.</summary>
    public byte Closer;

    /// <summary>Its node on the tape.</summary>
    public int Node;
}
