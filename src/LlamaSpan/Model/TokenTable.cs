using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>
/// The bytes and kind of every vocabulary entry: built once, immutable, managed memory, safe to share between threads.
/// </summary>
public sealed class TokenTable
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;      // Count + 1 offsets into _bytes
    private readonly TokenKind[] _kinds;
    private readonly bool[] _ends;

    /// <summary>Builds a table from its parts; the arrays are not copied and must not change afterwards.</summary>
    /// <param name="bytes">All entries' bytes, one after another.</param>
    /// <param name="starts">Count + 1 ascending offsets: entry i is <c>bytes[starts[i]..starts[i + 1]]</c>.</param>
    /// <param name="kinds">Kind of each entry, Count of them.</param>
    /// <param name="endOfGeneration">Ids of the tokens that end a generation.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together or an id is out of range.</exception>
    public TokenTable(byte[] bytes, int[] starts, TokenKind[] kinds, ReadOnlySpan<LlamaToken> endOfGeneration)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(kinds);
        if (starts.Length != kinds.Length + 1 || starts[0] != 0 || starts[^1] != bytes.Length)
            throw new ArgumentException($"{kinds.Length} entries need {kinds.Length + 1} offsets from 0 to {bytes.Length}.", nameof(starts));
        (_bytes, _starts, _kinds, _ends) = (bytes, starts, kinds, new bool[kinds.Length]);
        for (int i = 0; i < kinds.Length; i++)
            if (starts[i + 1] < starts[i])
                throw new ArgumentException($"Offset {i + 1} is below offset {i}.", nameof(starts));
        foreach (LlamaToken token in endOfGeneration)
        {
            if ((uint)token.Id >= (uint)kinds.Length)
                throw new ArgumentException($"End-of-generation token {token.Id} is outside 0..{kinds.Length - 1}.", nameof(endOfGeneration));
            _ends[token.Id] = true;
        }
        EndOfGeneration = endOfGeneration.ToArray();
    }

    /// <summary>Number of vocabulary entries.</summary>
    public int Count => _kinds.Length;

    /// <summary>How the tokenizer works that the entries belong to; null if that is not known.</summary>
    public VocabularyKind? Kind { get; init; }

    /// <summary>The tokens that end a generation, in no particular order.</summary>
    public ReadOnlyMemory<LlamaToken> EndOfGeneration { get; }

    /// <summary>The bytes a token stands for, possibly part of a UTF-8 character; control tokens give their spelling.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> this[LlamaToken token]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Check(token);
            int start = _starts[token.Id];
            return _bytes.AsSpan(start, _starts[token.Id + 1] - start);
        }
    }

    /// <summary>What the entry is for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public TokenKind KindOf(LlamaToken token)
    {
        Check(token);
        return _kinds[token.Id];
    }

    /// <summary>True if the token ends a generation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public bool IsEndOfGeneration(LlamaToken token)
    {
        Check(token);
        return _ends[token.Id];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(LlamaToken token)
    {
        if ((uint)token.Id >= (uint)_kinds.Length)
            Refuse(token);
    }

    private void Refuse(LlamaToken token) =>
        throw new ArgumentOutOfRangeException(nameof(token), token.Id, $"Token {token.Id} is outside the vocabulary, 0..{_kinds.Length - 1}.");
}
