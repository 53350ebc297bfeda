using System.Buffers;
using System.Numerics;
using System.Text;

namespace LlamaSpan.TestSupport;

/// <summary>Draws texts from a grammar's masks, over a vocabulary of all bytes, some longer tokens and an end token.</summary>
public static class RandomInstances
{
    private static readonly string[] s_longer =
        ["\"}", "\",", "\":", "\": ", ", \"", ",\"", "{\"", "[\"", "\"]", "}]", "]}", "},", "[{", "null", "true", "false", "\"\"", "{}", "[]", " the", "the", "é", "日本", "0.", "12", "2024", "-0", "e+", "\\u00", "\\\""];

    /// <summary>The vocabulary; its last token ends a generation.</summary>
    public static TokenTable Vocabulary { get; } = MakeVocabulary();

    /// <summary>The token that ends a generation.</summary>
    public static LlamaToken End => new(Vocabulary.Count - 1);

    /// <summary>A complete text, or null if it had not ended after so many tokens; it prefers to close what is open.</summary>
    /// <param name="constraint">At its beginning; it is advanced.</param>
    /// <param name="random">Decides.</param>
    /// <param name="most">Most tokens to draw.</param>
    /// <param name="each">Called after each token.</param>
    public static string? Draw(JsonConstraint constraint, Random random, int most = 4000, Action<JsonConstraint>? each = null)
    {
        for (int n = 0; n < most; n++)
        {
            LlamaToken token = Choose(constraint.AllowedMask(), random, closing: random.NextDouble() < (n < 60 ? 0.15 : n < 400 ? 0.6 : 0.95));
            if (token == End)
                return Encoding.UTF8.GetString(constraint.Text);
            constraint.Accept(token);
            each?.Invoke(constraint);
        }
        return null;
    }

    /// <summary>What a text becomes that chance does not end, as one of an open pattern: closed by the shortest way; null where none is known.</summary>
    /// <param name="constraint">Somewhere in a text; it is advanced.</param>
    public static string? Close(JsonConstraint constraint)
    {
        var closing = new ArrayBufferWriter<LlamaToken>();
        if (constraint.ClosingTokens(closing) < 0)
            return null;
        foreach (LlamaToken token in closing.WrittenSpan)
            constraint.Accept(token);
        return Encoding.UTF8.GetString(constraint.Text);
    }

    private static LlamaToken Choose(ReadOnlySpan<ulong> mask, Random random, bool closing)
    {
        ReadOnlySpan<byte> closers = "\"}]"u8; // the quote first: within a string the others are text
        if (closing && Has(mask, End.Id))
            return End;
        foreach (byte b in closing ? closers : default)
            if (Has(mask, b))
                return new LlamaToken(b);
        int count = 0;
        foreach (ulong word in mask)
            count += BitOperations.PopCount(word);
        if (count == 0)
            throw new InvalidOperationException("A dead end: no token is allowed.");
        int left = random.Next(count);
        for (int id = 0; ; id++)
            if (Has(mask, id) && left-- == 0)
                return new LlamaToken(id);
    }

    private static bool Has(ReadOnlySpan<ulong> mask, int id) => (mask[id / 64] >> (id % 64) & 1) != 0;

    /// <summary>Another vocabulary like <see cref="Vocabulary"/>.</summary>
    public static TokenTable MakeVocabulary()
    {
        var bytes = new List<byte>();
        List<int> starts = [0];
        for (int b = 0; b < 256; b++)
            Add([(byte)b]);
        foreach (string text in s_longer)
            Add(Encoding.UTF8.GetBytes(text));
        Add("</s>"u8);
        var kinds = new TokenKind[starts.Count - 1];
        kinds[^1] = TokenKind.Control;
        return new TokenTable([.. bytes], [.. starts], kinds, [new LlamaToken(kinds.Length - 1)]);

        void Add(ReadOnlySpan<byte> token)
        {
            bytes.AddRange(token);
            starts.Add(bytes.Count);
        }
    }
}
