namespace LlamaSpan;

/// <summary>What had to be mended to read a near-JSON text as JSON.</summary>
[Flags]
public enum NearJsonChanges
{
    /// <summary>Nothing: the text was JSON.</summary>
    None = 0,

    /// <summary>A code fence, prose before or prose after was cut away.</summary>
    Surroundings = 1 << 0,

    /// <summary>Quotes other than JSON's, or quotes inside a string that were not escaped.</summary>
    Quotes = 1 << 1,

    /// <summary>Commas too many or too few.</summary>
    Commas = 1 << 2,

    /// <summary>Colons missing, or written as <c>=</c> or <c>=&gt;</c>.</summary>
    Colons = 1 << 3,

    /// <summary>Names without quotes.</summary>
    Names = 1 << 4,

    /// <summary>Words of other languages such as True, None, undefined or NaN, and texts without quotes.</summary>
    Words = 1 << 5,

    /// <summary>Comments.</summary>
    Comments = 1 << 6,

    /// <summary>Numbers in a spelling that JSON does not have, such as .5, +1 or 0x1F.</summary>
    Numbers = 1 << 7,

    /// <summary>Escapes that JSON does not have, raw control characters, or bytes that are not UTF-8.</summary>
    Escapes = 1 << 8,

    /// <summary>Brackets missing, too many or crossed.</summary>
    Brackets = 1 << 9,

    /// <summary>The text ended within a string, number or word, or before a value.</summary>
    Truncation = 1 << 10,

    /// <summary>A name that came twice; the last value stays.</summary>
    Duplicates = 1 << 11,

    /// <summary>Values nested deeper than the limit were left out.</summary>
    Depth = 1 << 12,

    /// <summary>Values were converted to a type that the grammar admits there.</summary>
    Types = 1 << 13,

    /// <summary>Parts that the grammar does not admit were left out.</summary>
    Dropped = 1 << 14,

    /// <summary>A name was respelled as the grammar spells it.</summary>
    Renamed = 1 << 15,

    /// <summary>Parts that the text did not have were filled in.</summary>
    Filled = 1 << 16,
}
