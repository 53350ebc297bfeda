using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace LlamaSpan;

/// <summary>Finds stored prefixes by what a prompt begins with, in steps of a block: every stored block's hash covers all tokens up to its end.</summary>
internal sealed class BlockIndex
{
    internal const int BlockSize = 32;

    private readonly Dictionary<UInt128, StoredPrefix> _blocks = [];

    internal void Add(StoredPrefix prefix)
    {
        XxHash128 hash = Begin(prefix.Namespace);
        for (int end = BlockSize; end <= prefix.Tokens.Length; end += BlockSize)
            _blocks.TryAdd(Next(hash, prefix.Tokens, end), prefix);
    }

    internal void Remove(StoredPrefix prefix)
    {
        XxHash128 hash = Begin(prefix.Namespace);
        for (int end = BlockSize; end <= prefix.Tokens.Length; end += BlockSize)
        {
            UInt128 key = Next(hash, prefix.Tokens, end);
            if (_blocks.TryGetValue(key, out StoredPrefix? owner) && owner == prefix)
                _blocks.Remove(key);
        }
    }

    /// <summary>The stored prefix that has most of a prompt's beginning.</summary>
    /// <returns>It, and how many tokens they share; null and 0 if there is none.</returns>
    internal (StoredPrefix? Prefix, int Length) Find(string name, ReadOnlySpan<LlamaToken> tokens)
    {
        StoredPrefix? best = null;
        XxHash128 hash = Begin(name);
        for (int end = BlockSize; end <= tokens.Length && _blocks.TryGetValue(Next(hash, tokens, end), out StoredPrefix? found); end += BlockSize)
            best = found;
        return best is null || best.Namespace != name ? (null, 0) : (best, best.Tokens.AsSpan().CommonPrefixLength(tokens));
    }

    private static XxHash128 Begin(string name)
    {
        XxHash128 hash = new();
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        hash.Append(BitConverter.GetBytes(bytes.Length));
        hash.Append(bytes);
        return hash;
    }

    private static UInt128 Next(XxHash128 hash, ReadOnlySpan<LlamaToken> tokens, int end)
    {
        hash.Append(MemoryMarshal.AsBytes(tokens[(end - BlockSize)..end]));
        return hash.GetCurrentHashAsUInt128();
    }
}
