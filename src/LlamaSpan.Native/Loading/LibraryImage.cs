using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LlamaSpan.Native;

/// <summary>Reads from a library's first bytes which operating systems and processors it is for.</summary>
internal static class LibraryImage
{
    private const int HeaderSize = 4096;

    /// <summary>Says in what a file differs from a library that this process can load; null where it does not.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string? Mismatch(string path)
    {
        byte[] buffer = new byte[HeaderSize];
        using FileStream file = File.OpenRead(path);
        ReadOnlySpan<byte> header = buffer.AsSpan(0, file.ReadAtLeast(buffer, HeaderSize, throwOnEndOfStream: false));
        string expected = OperatingSystem.IsWindows() ? "PE" : OperatingSystem.IsMacOS() ? "Mach-O" : "ELF";
        Architecture process = RuntimeInformation.ProcessArchitecture;
        (string format, IReadOnlyList<string> architectures) = Read(header);
        if (format == expected && architectures.Contains(process.ToString())) return null;
        return architectures.Count == 0
            ? $"it is not a library ({file.Length} bytes, no ELF, PE or Mach-O header)"
            : $"it is a {format} library for {string.Join(" and ", architectures)}, this process needs {expected} for {process}";
    }

    private static (string Format, IReadOnlyList<string> Architectures) Read(ReadOnlySpan<byte> header)
    {
        if (header.Length >= 20 && header.StartsWith("\x7F"u8) && header[1..].StartsWith("ELF"u8)) return ("ELF", [OfElf(header)]);
        if (header.Length >= 64 && header.StartsWith("MZ"u8)) return ("PE", OfPe(header));
        if (header.Length >= 8) return ("Mach-O", OfMachO(header));
        return ("", []);
    }

    private static string OfElf(ReadOnlySpan<byte> header)
    {
        bool littleEndian = header[5] == 1;
        int machine = littleEndian
            ? BinaryPrimitives.ReadUInt16LittleEndian(header[18..])
            : BinaryPrimitives.ReadUInt16BigEndian(header[18..]);
        return machine switch
        {
            3 => nameof(Architecture.X86),
            21 => nameof(Architecture.Ppc64le),
            22 => nameof(Architecture.S390x),
            40 => nameof(Architecture.Arm),
            62 => nameof(Architecture.X64),
            183 => nameof(Architecture.Arm64),
            243 => nameof(Architecture.RiscV64),
            258 => nameof(Architecture.LoongArch64),
            _ => $"ELF machine {machine}",
        };
    }

    private static string[] OfPe(ReadOnlySpan<byte> header)
    {
        int start = BinaryPrimitives.ReadInt32LittleEndian(header[0x3C..]);
        if (start < 0 || start > header.Length - 6 || !header[start..].StartsWith("PE\0\0"u8)) return [];
        int machine = BinaryPrimitives.ReadUInt16LittleEndian(header[(start + 4)..]);
        return [machine switch
        {
            0x14C => nameof(Architecture.X86),
            0x8664 => nameof(Architecture.X64),
            0xAA64 => nameof(Architecture.Arm64),
            _ => $"PE machine {machine:X}",
        }];
    }

    private static string[] OfMachO(ReadOnlySpan<byte> header)
    {
        const uint Thin = 0xFEEDFACF, Universal = 0xCAFEBABE;
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) == Thin)
            return [OfMachOProcessor(BinaryPrimitives.ReadUInt32LittleEndian(header[4..]))];
        if (BinaryPrimitives.ReadUInt32BigEndian(header) != Universal) return [];
        uint count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        List<string> architectures = [];
        for (int at = 8; count > 0 && at + 20 <= header.Length; count--, at += 20)
            architectures.Add(OfMachOProcessor(BinaryPrimitives.ReadUInt32BigEndian(header[at..])));
        return [.. architectures];
    }

    private static string OfMachOProcessor(uint type) => type switch
    {
        0x01000007 => nameof(Architecture.X64),
        0x0100000C => nameof(Architecture.Arm64),
        _ => $"Mach-O processor {type:X}",
    };
}
