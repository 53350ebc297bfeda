using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace LlamaSpan;

/// <summary>Finds stored prefixes by what a prompt begins with, in steps of a block: every stored block's hash covers all tokens up to its end.</summary>
internal sealed class BlockIndex
{
    internal const int BlockSize = 32;

    private readonly Dictionary<UInt128, List<StoredPrefix>> _blocks = [];      // all that have the block, first stored first

    internal void Add(StoredPrefix prefix)
    {
        XxHash128 hash = Begin(prefix.Namespace);
        for (int end = BlockSize; end <= prefix.Tokens.Length; end += BlockSize)
        {
            UInt128 key = Next(hash, prefix.Tokens, end);
            if (_blocks.TryGetValue(key, out List<StoredPrefix>? holders))
                holders.Add(prefix);
            else
                _blocks.Add(key, [prefix]);
        }
    }

    internal void Remove(StoredPrefix prefix)
    {
        XxHash128 hash = Begin(prefix.Namespace);
        for (int end = BlockSize; end <= prefix.Tokens.Length; end += BlockSize)
        {
            UInt128 key = Next(hash, prefix.Tokens, end);
            if (_blocks.TryGetValue(key, out List<StoredPrefix>? holders) && holders.Remove(prefix) && holders.Count == 0)
                _blocks.Remove(key);
        }
    }

    /// <summary>The stored prefix that has most of a prompt's beginning; of several the shortest, which takes least to load.</summary>
    /// <returns>It, and how many tokens they share, at least a block; null and 0 if there is none.</returns>
    internal (StoredPrefix? Prefix, int Length) Find(string name, ReadOnlySpan<LlamaToken> tokens)
    {
        List<StoredPrefix>? holders = null;
        int shared = 0;
        XxHash128 hash = Begin(name);
        while (shared + BlockSize <= tokens.Length && _blocks.TryGetValue(Next(hash, tokens, shared + BlockSize), out List<StoredPrefix>? longer))
            (holders, shared) = (longer, shared + BlockSize);
        (StoredPrefix? Prefix, int Length) best = default;
        foreach (StoredPrefix candidate in holders ?? [])
        {
            int length = shared + candidate.Tokens.AsSpan(shared).CommonPrefixLength(tokens[shared..]);      // less than a block more: there may be many
            if (length > best.Length || (length == best.Length && candidate.Tokens.Length < best.Prefix?.Tokens.Length))
                best = (candidate, length);
        }
        if (best.Prefix is { } found && (found.Namespace != name || !found.Tokens.AsSpan(0, shared).SequenceEqual(tokens[..shared])))
            return default;      // hashes collided
        return best;
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
