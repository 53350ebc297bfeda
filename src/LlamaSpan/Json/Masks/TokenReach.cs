namespace LlamaSpan;

/// <summary>
/// What the tokens of a vocabulary do from a state within a string or a number: those that stay within it, and the places in the trie where
/// it ends. The same for every grammar that uses the machine.
/// </summary>
/// <param name="Base">A mask of tokens that stay within, never written to, or null.</param>
/// <param name="Tokens">Tokens that stay within and are not in <paramref name="Base"/>.</param>
/// <param name="Ends">Where the text ends: at the node's own byte.</param>
internal sealed record TokenReach(ulong[]? Base, int[] Tokens, TokenEnd[] Ends)
{
    /// <summary>Bytes it takes; a slice is shared and does not count.</summary>
    public long Size(bool ownsBase) => 100 + (4L * Tokens.Length) + (12L * Ends.Length) + (ownsBase && Base is not null ? 8L * Base.Length : 0);
}

/// <summary>A node of the trie at whose byte a text ends, and the machine's state and count before it.</summary>
internal readonly record struct TokenEnd(int Node, int State, int Count);
