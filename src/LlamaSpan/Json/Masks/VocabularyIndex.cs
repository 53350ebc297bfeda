using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>A vocabulary prepared for masks: its trie, and its tokens sorted by what they are within a JSON string. One a vocabulary, shared.</summary>
internal sealed class VocabularyIndex
{
    private static readonly ConditionalWeakTable<TokenTable, VocabularyIndex> Known = [];

    private readonly ulong[]?[] _inside;
    private readonly List<(int Token, int Characters)> _insideTokens = [];
    private readonly ulong[] _insideCanonical;

    private VocabularyIndex(TokenTable table)
    {
        Table = table;
        Words = (table.Count + 63) / 64;
        _insideCanonical = new ulong[Words];
        var all = new List<(byte[], int)>();
        var suffixes = new Dictionary<string, List<(int, int, bool)>>();
        for (int id = 0; id < table.Count; id++)
        {
            ReadOnlySpan<byte> bytes = table[(LlamaToken)id];
            if (bytes.Length is 0 or > 250 || !IsText(table, id))
                continue;
            all.Add((bytes.ToArray(), id));
            LongestDigits = Math.Max(LongestDigits, Longest(bytes, static b => b is >= (byte)'0' and <= (byte)'9'));
            LongestSpace = Math.Max(LongestSpace, Longest(bytes, JsonBytes.IsSpace));
            Sort(bytes, id, suffixes);
        }
        Trie = new TokenTrie(all);
        Closing = new (int Token, int Characters, bool Canonical)[suffixes.Count][];
        var rests = new List<(byte[], int)>();
        foreach ((string rest, List<(int, int, bool)> tokens) in suffixes)
        {
            Closing[rests.Count] = [.. tokens];
            if (rest.Length == 0)
                EmptySuffix = rests.Count;
            rests.Add((Convert.FromHexString(rest), rests.Count));
        }
        Suffixes = new TokenTrie(rests);
        _inside = new ulong[]?[_insideTokens.Max(t => t.Characters) + 1];
        Slices = new TextSlices(Trie, Words);
        Reaches = new TokenReaches(this);
    }

    public TokenTable Table { get; }

    /// <summary>Words in a mask.</summary>
    public int Words { get; }

    public TokenTrie Trie { get; }

    /// <summary>Most digits in a row in a token.</summary>
    public int LongestDigits { get; }

    /// <summary>Most bytes of white space in a row in a token.</summary>
    public int LongestSpace { get; }

    /// <summary>Tokens made of certain characters alone.</summary>
    public TextSlices Slices { get; }

    /// <summary>What the tokens do within strings and numbers.</summary>
    public TokenReaches Reaches { get; }

    /// <summary>What may follow the quote within a token that ends a string; the entries' ids index <see cref="Closing"/>.</summary>
    public TokenTrie Suffixes { get; }

    /// <summary>The entry of <see cref="Closing"/> for tokens that end with the quote, or -1.</summary>
    public int EmptySuffix { get; } = -1;

    /// <summary>Tokens made of characters, a quote and a suffix, by suffix; with the number of characters before the quote, and whether those are spelled canonically.</summary>
    public (int Token, int Characters, bool Canonical)[][] Closing { get; }

    /// <exception cref="ArgumentException">The vocabulary's tokens cannot spell JSON.</exception>
    public static VocabularyIndex Of(TokenTable table)
    {
        Check(table);
        return Known.GetValue(table, static t => new VocabularyIndex(t));
    }

    /// <summary>Refuses vocabularies in which a text could come to a dead end: each printable character of ASCII must have a token of its own.</summary>
    private static void Check(TokenTable table)
    {
        if (Known.TryGetValue(table, out _))
            return;
        if (table.Kind == VocabularyKind.WordPiece)
            throw new ArgumentException("A WordPiece vocabulary cannot be constrained: its tokens do not say which white space stands between them.", nameof(table));
        Span<bool> spelled = stackalloc bool[128];
        for (int id = 0; id < table.Count; id++)
            if (table[(LlamaToken)id] is [< 128 and var b] && IsText(table, id))
                spelled[b] = true;
        for (int b = ' '; b <= '~'; b++)
            if (!spelled[b])
                throw new ArgumentException($"The vocabulary has no token for '{(char)b}' alone, so that a text could come to a dead end.", nameof(table));
    }

    public static bool IsText(TokenTable table, int id) =>
        table.KindOf((LlamaToken)id) is TokenKind.Text or TokenKind.Byte or TokenKind.UserDefined && !table.IsEndOfGeneration((LlamaToken)id);

    /// <summary>Whether a token may stand where any text may: control tokens too.</summary>
    public static bool IsFreeText(TokenTable table, int id) =>
        table[(LlamaToken)id].Length is > 0 and <= 250 && (IsText(table, id) || (table.KindOf((LlamaToken)id) == TokenKind.Control && !table.IsEndOfGeneration((LlamaToken)id)));

    /// <summary>The tokens that stay within any JSON string spelled canonically.</summary>
    public ulong[] InsideCanonical => _insideCanonical;

    /// <summary>The tokens that stay within any JSON string and begin at most so many characters; -1 for any number.</summary>
    public ulong[] Inside(int characters)
    {
        int bucket = characters < 0 ? _inside.Length - 1 : Math.Min(characters, _inside.Length - 1);
        if (Volatile.Read(ref _inside[bucket]) is { } mask)
            return mask;
        mask = Make(bucket);
        Volatile.Write(ref _inside[bucket], mask);
        return mask;
    }

    /// <summary>A new mask: another's tokens, if there is one, and these.</summary>
    public ulong[] MaskOf(ulong[]? beside, ReadOnlySpan<int> tokens)
    {
        ulong[] mask = beside is null ? new ulong[Words] : [.. beside];
        foreach (int token in tokens)
            mask[token / 64] |= 1UL << (token % 64);
        return mask;
    }

    private ulong[] Make(int characters)
    {
        var mask = new ulong[Words];
        foreach ((int token, int count) in _insideTokens)
            if (count <= characters)
                mask[token / 64] |= 1UL << (token % 64);
        return mask;
    }

    private static int Longest(ReadOnlySpan<byte> bytes, Func<byte, bool> counted)
    {
        int most = 0, run = 0;
        foreach (byte b in bytes)
        {
            run = counted(b) ? run + 1 : 0;
            most = Math.Max(most, run);
        }
        return most;
    }

    private void Sort(ReadOnlySpan<byte> bytes, int id, Dictionary<string, List<(int, int, bool)>> suffixes)
    {
        StringLexer lexer = StringLexer.Any;
        int state = 0, characters = 0, canonical = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '"' && lexer.IsBetween(state))
            {
                string rest = Convert.ToHexString(bytes[(i + 1)..]);
                if (!suffixes.TryGetValue(rest, out List<(int, int, bool)>? tokens))
                    suffixes.Add(rest, tokens = []);
                tokens.Add((id, characters, canonical >= 0));
                return;
            }
            characters += lexer.IsBetween(state) ? 1 : 0;
            state = lexer.Step(state, bytes[i]);
            canonical = canonical < 0 ? canonical : StringLexer.AnyCanonical.Step(canonical, bytes[i]);
            if (state < 0)
                return;
        }
        _insideTokens.Add((id, characters));
        if (canonical >= 0)
            _insideCanonical[id / 64] |= 1UL << (id % 64);
    }
}
