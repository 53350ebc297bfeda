using System.Runtime.InteropServices;
using System.Text;
using LlamaSpan;

/// <summary>Texts that break tokenizers: tokenised whole, they give tokens or an exception of ours, and never a special token.</summary>
internal static class HostileText
{
    private const int LongRun = 1_000_000;

    /// <summary>Tokenises a vocabulary's share of the texts, drawn by seed, or all; the number done.</summary>
    public static int Run(string path, int seed, int share)
    {
        using LlamaModel model = LlamaModel.Load(path, new ModelOptions { VocabularyOnly = true });
        Random random = new(seed);
        byte[][] texts = [.. Texts(model.Vocabulary, new Random(seed))];
        random.Shuffle(texts);
        int done = 0;
        foreach (byte[] text in texts.AsSpan(0, Math.Min(share, texts.Length)))
        {
            Tokenize(model.Vocabulary, text, parseSpecial: false);
            Tokenize(model.Vocabulary, text, parseSpecial: true);
            done++;
        }
        return done;
    }

    private static void Tokenize(Vocabulary vocabulary, byte[] text, bool parseSpecial)
    {
        LlamaToken[] tokens;
        try
        {
            tokens = vocabulary.Tokenize(text, addSpecial: false, parseSpecial);
        }
        catch (TokenizeException refusal) when (refusal.Message.Length > 20)
        {
            return;
        }
        LlamaToken[] unknown = vocabulary.Kind == VocabularyKind.WordPiece ? vocabulary.Tokenize("[UNK]"u8, addSpecial: false, parseSpecial: true) : [];
        foreach (LlamaToken token in tokens)
            if (!parseSpecial && vocabulary.Tokens.KindOf(token) == TokenKind.Control && !unknown.Contains(token))      // a plain word may be unknown
                throw new InvalidOperationException($"Token {token.Id} is special; the text was to be read as plain.");
        vocabulary.Detokenize(tokens);
    }

    private static IEnumerable<byte[]> Texts(Vocabulary vocabulary, Random random)
    {
        foreach (string unit in (string[])["a", " ", "\n", "\t", "0", "!", "'", "é", "あ", "\U0001F600", "\u0301", "\u200d", "\u00a0", "ſ", "▁", "Ġ", "<", "a ", "a'", "1a", "\r\n"])
            yield return Repeat(Encoding.UTF8.GetBytes(unit), LongRun);
        foreach (byte unit in (byte[])[0x00, 0x80, 0xC3, 0xED, 0xF4, 0xFF])
            yield return Repeat([unit], LongRun);
        foreach (int length in (int[])[1, 7, 100, 100_000])
        {
            byte[] noise = new byte[length];
            random.NextBytes(noise);
            yield return noise;
        }
        yield return [];
        yield return Encoding.UTF8.GetBytes("ab\0cd");
        yield return [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80];      // surrogates
        yield return [0xF4, 0x90, 0x80, 0x80, 0xC0, 0xAF];      // beyond Unicode, overlong

        List<byte> spelled = [];
        for (int id = 0; id < vocabulary.Size; id++)
        {
            if (vocabulary.Tokens.KindOf(new LlamaToken(id)) is not (TokenKind.Control or TokenKind.UserDefined or TokenKind.Unused))
                continue;
            spelled.AddRange(vocabulary.Tokens[new LlamaToken(id)]);
            spelled.AddRange(" x"u8);
        }
        yield return CollectionsMarshal.AsSpan(spelled).ToArray();
    }

    private static byte[] Repeat(ReadOnlySpan<byte> unit, int count)
    {
        byte[] text = new byte[unit.Length * count];
        for (int at = 0; at < text.Length; at += unit.Length)
            unit.CopyTo(text.AsSpan(at));
        return text;
    }
}
