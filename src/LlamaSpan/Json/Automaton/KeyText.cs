using System.Text;

namespace LlamaSpan;

/// <summary>Reads a property name back from its canonical JSON spelling.</summary>
internal static class KeyText
{
    public static string Decode(ReadOnlySpan<byte> spelled)
    {
        if (!spelled.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(spelled);
        var bytes = new List<byte>(spelled.Length);
        for (int i = 0; i < spelled.Length; i++)
        {
            if (spelled[i] != '\\')
                bytes.Add(spelled[i]);
            else if (spelled[++i] == 'u')
            {
                bytes.Add(Convert.ToByte(Encoding.ASCII.GetString(spelled.Slice(i + 3, 2)), 16));
                i += 4;
            }
            else
                bytes.Add((byte)"\"\\\b\f\n\r\t"["\"\\bfnrt".IndexOf((char)spelled[i])]);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
