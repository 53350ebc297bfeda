using System.Buffers;

namespace LlamaSpan;

/// <summary>Writes parts of JSON texts.</summary>
internal static class NearJsonText
{
    /// <summary>Appends a string with its quotes, escaping only what JSON demands.</summary>
    public static void WriteString(ReadOnlySpan<byte> utf8, IBufferWriter<byte> to)
    {
        to.Write("\""u8);
        while (!utf8.IsEmpty)
        {
            int plain = utf8.IndexOfAny(_escaped);
            to.Write(plain < 0 ? utf8 : utf8[..plain]);
            if (plain < 0)
                break;
            WriteEscape(utf8[plain], to);
            utf8 = utf8[(plain + 1)..];
        }
        to.Write("\""u8);
    }

    private static readonly SearchValues<byte> _escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    private static void WriteEscape(byte b, IBufferWriter<byte> to)
    {
        int simple = "\"\\\b\f\n\r\t"u8.IndexOf(b);
        if (simple >= 0)
            to.Write([(byte)'\\', "\"\\bfnrt"u8[simple]]);
        else
            to.Write([.. "\\u00"u8, "0123456789abcdef"u8[b >> 4], "0123456789abcdef"u8[b & 15]]);
    }
}
