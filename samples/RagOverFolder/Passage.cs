using System.Text.RegularExpressions;

namespace RagOverFolder;

/// <summary>A piece of a document that goes into a prompt whole.</summary>
/// <param name="Document">Name of the file.</param>
/// <param name="Number">Which piece of it, from 1.</param>
/// <param name="Count">Pieces of that document.</param>
/// <param name="Text">The piece's text, as it stands in the file.</param>
sealed partial record Passage(string Document, int Number, int Count, string Text)
{
    /// <summary>Most characters of a passage: about 250 tokens of English.</summary>
    public const int MaxLength = 1000;

    public override string ToString() => Count == 1 ? Document : $"{Document}, part {Number} of {Count}";

    /// <summary>Cuts a document into passages: between paragraphs where that leaves them long enough, else between sentences, else words.</summary>
    public static IEnumerable<Passage> Cut(string document, string text)
    {
        List<string> pieces = [];
        string rest = text.Trim();
        while (rest.Length > MaxLength)
        {
            int length = LengthOfPiece(rest);
            pieces.Add(rest[..length].TrimEnd());
            rest = rest[length..].TrimStart();
        }
        if (rest.Length > 0)
            pieces.Add(rest);
        return pieces.Select((piece, i) => new Passage(document, i + 1, pieces.Count, piece));
    }

    /// <summary>Index of the last border in the first <see cref="MaxLength"/> characters, of the best kind that stands in their second half.</summary>
    static int LengthOfPiece(string text)
    {
        string head = text[..(MaxLength + 1)];
        foreach (Regex border in (Regex[])[Paragraph(), Sentence(), Space()])
            if (border.Match(head) is { Success: true } match && match.Index > MaxLength / 2)
                return match.Index;
        return char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
    }

    [GeneratedRegex(@"\n[ \t\r]*\n", RegexOptions.RightToLeft)]
    private static partial Regex Paragraph();

    [GeneratedRegex(@"(?<=[.!?]['"")\]]?)\s", RegexOptions.RightToLeft)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\s", RegexOptions.RightToLeft)]
    private static partial Regex Space();
}
