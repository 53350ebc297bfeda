namespace LlamaSpan;

/// <summary>Characters as near-JSON uses them: blanks, quotes and separators of any script, by their UTF-8 bytes.</summary>
internal static class NearJsonCharacters
{
    /// <summary>Length in bytes of the white-space character at the start, 0 if there is none.</summary>
    public static int BlankLength(ReadOnlySpan<byte> text) => text switch
    {
        [<= (byte)' ' or 0x7F, ..] => 1,
        [0xC2, 0xA0 or 0x85, ..] => 2,                         // no-break space, next line
        [0xE2, 0x80, (>= 0x80 and <= 0x8F) or 0xA8 or 0xA9 or 0xAF, ..] => 3,   // spaces of all widths, line separators
        [0xE3, 0x80, 0x80, ..] => 3,                           // ideographic space
        [0xEF, 0xBB, 0xBF, ..] => 3,                           // byte order mark
        _ => 0,
    };

    /// <summary>What quote stands at the start: its length in bytes, 0 if none, and whether it is of the double kind.</summary>
    public static int QuoteLength(ReadOnlySpan<byte> text, out bool isDouble)
    {
        isDouble = true;
        switch (text)
        {
            case [(byte)'"', ..]:
                return 1;
            case [(byte)'\'' or (byte)'`', ..]:
                isDouble = false;
                return 1;
            case [0xE2, 0x80, (>= 0x9C and <= 0x9F) or 0xB3, ..]:   // “ ” „ ‟ ″
            case [0xEF, 0xBC, 0x82, ..]:                            // fullwidth "
                return 3;
            case [0xE2, 0x80, (>= 0x98 and <= 0x9B) or 0xB2, ..]:   // ‘ ’ ‚ ‛ ′
                isDouble = false;
                return 3;
            case [0xC2, 0xAB or 0xBB, ..]:                          // « »
                return 2;
            default:
                return 0;
        }
    }

    /// <summary>Length of the colon (also = and =&gt;) at the start, 0 if none.</summary>
    public static int ColonLength(ReadOnlySpan<byte> text) => text switch
    {
        [(byte)'=', (byte)'>', ..] => 2,
        [(byte)':' or (byte)'=', ..] => 1,
        [0xEF, 0xBC, 0x9A, ..] => 3,
        _ => 0,
    };

    /// <summary>Length of the comma (also ;) at the start, 0 if none.</summary>
    public static int CommaLength(ReadOnlySpan<byte> text) => text switch
    {
        [(byte)',' or (byte)';', ..] => 1,
        [0xEF, 0xBC, 0x8C, ..] or [0xE3, 0x80, 0x81, ..] => 3,
        _ => 0,
    };

    public static bool StartsFence(ReadOnlySpan<byte> text) => text.StartsWith("```"u8) || text.StartsWith("~~~"u8);

    /// <summary>Length of the comment's opening at the start, 0 if none.</summary>
    public static bool StartsComment(ReadOnlySpan<byte> text) =>
        text is [(byte)'#', ..] or [(byte)'/', (byte)'/' or (byte)'*', ..] || text.StartsWith("<!--"u8);

    public static bool IsWordStart(byte b) => b is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' or (byte)'_' or (byte)'$' or >= 0x80;

    public static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    public static bool IsWord(byte b) => IsWordStart(b) || IsDigit(b) || b == '-';
}
