using System.Runtime.InteropServices;
using System.Text;

namespace LlamaSpan;

/// <summary>Native memory for the arguments of a call, freed together.</summary>
internal sealed unsafe class NativeArena : IDisposable
{
    private readonly List<nint> _blocks = [];

    /// <summary>Zeroed room for some values.</summary>
    internal T* Allocate<T>(int count)
        where T : unmanaged
    {
        T* block = (T*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(T));
        _blocks.Add((nint)block);
        return block;
    }

    /// <summary>A text as UTF-8 with a zero byte behind it.</summary>
    /// <exception cref="ArgumentException">The text is null, or holds a zero character, at which C would end it.</exception>
    internal byte* Text(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text, name);
        if (text.Contains('\0'))
            throw new ArgumentException($"{name} holds a zero character.", name);
        int length = Encoding.UTF8.GetByteCount(text);
        byte* bytes = Allocate<byte>(length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
        return bytes;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
            NativeMemory.Free((void*)block);
        _blocks.Clear();
    }
}
