using System.Buffers.Binary;
using System.Text;

namespace LlamaSpan.TestSupport.Abi;

/// <summary>Reads the dynamic symbols of a 64-bit little-endian ELF library, as <c>nm -D</c> does.</summary>
public static class ElfSymbols
{
    /// <summary>The names that a library defines itself.</summary>
    public static HashSet<string> DefinedIn(string path) => Read(path, defined: true);

    /// <summary>The names that a library takes from others, without their versions.</summary>
    public static HashSet<string> NeededBy(string path) => Read(path, defined: false);

    private static HashSet<string> Read(string path, bool defined)
    {
        const int DynamicSymbols = 11, SymbolSize = 24;
        byte[] file = File.ReadAllBytes(path);
        ReadOnlySpan<byte> sections = file.AsSpan((int)Long(file, 0x28));
        int size = Short(file, 0x3A), count = Short(file, 0x3C);
        HashSet<string> names = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> section = sections.Slice(i * size, size);
            if (Int(section, 4) != DynamicSymbols)
                continue;
            ReadOnlySpan<byte> strings = Content(file, sections.Slice(Int(section, 0x28) * size, size));
            ReadOnlySpan<byte> symbols = Content(file, section);
            for (int at = 0; at < symbols.Length; at += SymbolSize)
            {
                if (Short(symbols, at + 6) != 0 != defined)      // section 0: defined elsewhere
                    continue;
                ReadOnlySpan<byte> name = strings[Int(symbols, at)..];
                names.Add(Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]));
            }
        }
        return names;
    }

    private static ReadOnlySpan<byte> Content(byte[] file, ReadOnlySpan<byte> section) =>
        file.AsSpan((int)Long(section, 0x18), (int)Long(section, 0x20));

    private static int Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static int Int(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);

    private static long Long(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
