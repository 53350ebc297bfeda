namespace LlamaSpan;

internal enum NearJsonKind : byte
{
    Object,
    Array,

    /// <summary>A property's name; its value is the next node.</summary>
    Name,

    /// <summary>A string; the tape's text holds what it says.</summary>
    String,

    /// <summary>A number; the tape's text holds it as it was written.</summary>
    Number,
    True,
    False,
    Null,

    /// <summary>A value that the text does not have, or NaN and the like.</summary>
    Missing,
}

/// <summary>One value or name on the tape; a container's children follow it, up to <see cref="End"/>.</summary>
internal struct NearJsonNode
{
    public NearJsonKind Kind;

    /// <summary>The text of a name, string or number in the tape's text.</summary>
    public int Start, Length;

    /// <summary>Index of the first node that is not part of this value.</summary>
    public int End;
}
