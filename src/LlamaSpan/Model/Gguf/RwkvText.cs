namespace LlamaSpan;

/// <summary>The escapes of RWKV vocabularies (\t, \n, \r, \xHH, \ and the character itself), as llama_unescape_rwkv_token reads them.</summary>
internal static class RwkvText
{
    /// <summary>The first byte that an escaped text stands for and how many bytes there are in all; (0, 0) if none.</summary>
    public static (int First, int Length) FirstByte(ReadOnlySpan<byte> escaped)
    {
        (int first, int length, bool escaping, int hexLeft, int hex) = (0, 0, false, 0, 0);
        foreach (byte c in escaped)
        {
            int value = c;
            if (hexLeft > 0)
            {
                hex = ((hex << 4) + (c >= 'a' ? c - 'a' + 10 : c - '0')) & 0xFF;
                if (--hexLeft > 0)
                    continue;
                value = hex;
            }
            else if (escaping)
            {
                escaping = false;
                if (c == 'x')
                {
                    (hexLeft, hex) = (2, 0);
                    continue;
                }
                value = c switch { (byte)'t' => '\t', (byte)'n' => '\n', (byte)'r' => '\r', _ => c };
            }
            else if (c == '\\')
            {
                escaping = true;
                continue;
            }
            if (length++ == 0)
                first = value;
        }
        return (first, length);
    }
}
