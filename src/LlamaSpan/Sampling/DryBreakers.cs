using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace LlamaSpan;

/// <summary>
/// Token sequences that end a repetition for DRY: those that spell a breaker text, alone or with neighbours' bytes around it, found as
/// llama.cpp finds them (get_overlapping_token_sequences).
/// </summary>
internal sealed class DryBreakers
{
    private const int MaxBytes = 40, MaxTail = 20;

    private static readonly ConditionalWeakTable<Vocabulary, Found> s_last = [];

    // by first token: the tokens that must follow it, empty where it breaks alone
    private readonly Dictionary<int, List<int[]>> _tails = [];

    /// <summary>No breakers.</summary>
    public static DryBreakers None { get; } = new();

    /// <summary>The sequences of a vocabulary; the last ones asked for are kept with it.</summary>
    public static DryBreakers For(Vocabulary vocabulary, IReadOnlyList<string> breakers)
    {
        if (s_last.TryGetValue(vocabulary, out Found? last) && last.Breakers.SequenceEqual(breakers))
            return last.Sequences;
        var found = new Found(breakers, Find(vocabulary.Tokens, breakers, text => TokenizeTail(vocabulary, text)));
        s_last.AddOrUpdate(vocabulary, found);
        return found.Sequences;
    }

    /// <summary>Finds the sequences of a vocabulary.</summary>
    /// <param name="tokens">The vocabulary's entries.</param>
    /// <param name="breakers">The texts.</param>
    /// <param name="tokenize">Tokenizes the rest of a breaker without special tokens; null where it cannot.</param>
    public static DryBreakers Find(TokenTable tokens, IEnumerable<string> breakers, Func<byte[], int[]?> tokenize)
    {
        var found = new DryBreakers();
        foreach (string breaker in breakers)
        {
            byte[] text = Encoding.UTF8.GetBytes(breaker);
            if (text.Length > MaxBytes)
                text = text[..MaxBytes];
            int[]?[] tails = [.. Enumerable.Range(0, text.Length).Select(start => start == 0 ? null : tokenize(text[start..]))];
            for (int id = 0; id < tokens.Count; id++)
                found.AddOverlaps(id, tokens[new LlamaToken(id)], text, tails);
        }
        return found;
    }

    /// <summary>Breakers given as token sequences.</summary>
    public static DryBreakers Of(params ReadOnlySpan<int[]> sequences)
    {
        var breakers = new DryBreakers();
        foreach (int[] sequence in sequences)
            breakers.Add(sequence[0], sequence[1..]);
        return breakers;
    }

    /// <summary>Whether the token breaks a repetition by itself.</summary>
    public bool BreaksAlone(int token) => _tails.TryGetValue(token, out List<int[]>? tails) && tails.Exists(tail => tail.Length == 0);

    /// <summary>
    /// How many of the last tokens come after the last complete breaker: its place from the end less its tail's length; all of them if
    /// there is none.
    /// </summary>
    public int TokensSinceLast(ReadOnlySpan<int> tokens)
    {
        for (int back = 0; back < tokens.Length; back++)
        {
            int head = tokens.Length - 1 - back;
            if (!_tails.TryGetValue(tokens[head], out List<int[]>? tails))
                continue;
            int longest = -1;
            foreach (int[] tail in tails)
                if (tail.Length > longest && tail.Length <= back && tokens.Slice(head + 1, tail.Length).SequenceEqual(tail))
                    longest = tail.Length;
            if (longest >= 0)
                return back - longest;
        }
        return tokens.Length;
    }

    private void AddOverlaps(int token, ReadOnlySpan<byte> word, byte[] text, int[]?[] tails)
    {
        if (word.IndexOf(text) >= 0)
        {
            Add(token, []);
            return;
        }
        for (int start = Math.Max(0, word.Length - text.Length + 1); start < word.Length; start++)
        {
            ReadOnlySpan<byte> end = word[start..];
            if (!text.AsSpan().StartsWith(end))
                continue;
            if (tails[end.Length] is { } tail)
                Add(token, tail.Length > MaxTail ? tail[..MaxTail] : tail);
        }
    }

    /// <summary>A rest that begins inside a character is left out: no text is tokenised there.</summary>
    private static int[]? TokenizeTail(Vocabulary vocabulary, byte[] text) =>
        Utf8.IsValid(text) ? Array.ConvertAll(vocabulary.Tokenize(text, addSpecial: false), token => token.Id) : null;

    private void Add(int head, int[] tail)
    {
        if (!_tails.TryGetValue(head, out List<int[]>? tails))
            _tails.Add(head, tails = []);
        if (!tails.Exists(known => known.AsSpan().SequenceEqual(tail)))
            tails.Add(tail);
    }

    private sealed record Found(IReadOnlyList<string> Breakers, DryBreakers Sequences);
}
