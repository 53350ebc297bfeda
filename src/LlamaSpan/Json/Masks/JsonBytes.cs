namespace LlamaSpan;

/// <summary>The bytes that may stand between, or begin, the values and names of a JSON text.</summary>
internal static class JsonBytes
{
    private static readonly bool[] Standing = Mark(" \n\r\t\"{}[],:-0123456789tfn");

    public static bool MayStand(byte b) => Standing[b];

    public static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private static bool[] Mark(string bytes)
    {
        var marked = new bool[256];
        foreach (char c in bytes)
            marked[c] = true;
        return marked;
    }
}
