using System.Text;
using System.Text.RegularExpressions;

namespace LlamaSpan;

/// <summary>Texts that a grounded string must come from, prepared for masks. Immutable, safe to share between threads and grammars.</summary>
public sealed partial class GroundingTexts
{
    /// <summary>Bytes that the texts may have together, as UTF-8.</summary>
    public const int LongestTexts = 4 << 20;

    /// <summary>Prepares texts, in time linear in their length.</summary>
    /// <param name="texts">The passages of a prompt, say; at least one.</param>
    /// <param name="unit">What of them a string may be.</param>
    /// <exception cref="ArgumentException">There is none, they are too long, or a text has half of a surrogate pair.</exception>
    public GroundingTexts(IEnumerable<string> texts, GroundingUnit unit = GroundingUnit.Substring)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var parts = new List<byte[]>();
        foreach (string text in texts)
            foreach (string part in unit == GroundingUnit.Sentence ? Sentence().Split(text).Select(s => s.Trim()).Where(s => s.Length > 0) : [text])
                parts.Add(Bytes(part));
        long length = parts.Sum(p => (long)p.Length);
        if (parts.Count == 0)
            throw new ArgumentException("At least one text is needed.", nameof(texts));
        if (length > LongestTexts)
            throw new ArgumentException($"The texts have {length} bytes together; at most {LongestTexts} are allowed.", nameof(texts));
        Unit = unit;
        Automaton = unit == GroundingUnit.Substring ? SuffixAutomaton.Of(parts) : TextTrie.Of(parts);
    }

    /// <summary>What of the texts a string may be.</summary>
    public GroundingUnit Unit { get; }

    internal TextAutomaton Automaton { get; }

    private static byte[] Bytes(string text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"A text has half of a surrogate pair at character {e.Index}.", nameof(text), e);
        }
    }

    [GeneratedRegex(@"(?<=[.!?]['"")\]’”]?)\s+|[\r\n]+")]
    private static partial Regex Sentence();
}
