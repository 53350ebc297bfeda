using System.Text.Json;

namespace LlamaSpan;

/// <summary>An answer with the sentence it was read from; both null where the documents do not say.</summary>
/// <param name="Quote">A sentence of a document. It comes first, so that the answer only has to be read out of it.</param>
/// <param name="Answer">The answer.</param>
public sealed record QuotedAnswer(string? Quote, string? Answer)
{
    /// <summary>
    /// Exactly the JSON that <see cref="RagPrompt.QuoteInstruction"/> asks for; the bounds make the answer end, and a quote stands in the
    /// documents word for word.
    /// </summary>
    public const string Schema = """
        {
          "type": "object",
          "properties": {
            "quote": { "type": ["string", "null"], "minLength": 1, "maxLength": 400, "x-grounded": { "in": "documents" } },
            "answer": { "type": ["string", "null"], "maxLength": 400 }
          },
          "required": ["quote", "answer"],
          "additionalProperties": false
        }
        """;

    /// <summary>The grammar of <see cref="Schema"/>, with a space behind each comma and colon as models write them.</summary>
    public static JsonGrammar Grammar { get; } =
        JsonGrammar.FromSchema(Schema, new JsonGrammarOptions { Whitespace = JsonWhitespace.Separators });

    /// <summary>What quotes are taken from, to make a constraint of <see cref="Grammar"/> with.</summary>
    /// <param name="documents">At least one with text in it.</param>
    /// <exception cref="ArgumentException">There is no text, it is too long, or a text has half of a surrogate pair.</exception>
    public static Grounding GroundIn(IEnumerable<string> documents) => new("documents", documents);

    /// <summary>Reads an answer; null where it was cut off.</summary>
    public static QuotedAnswer? TryParse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return new QuotedAnswer(document.RootElement.GetProperty("quote"u8).GetString(), document.RootElement.GetProperty("answer"u8).GetString());
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Index of the first document in which the quote stands word for word; null if it stands in none.</summary>
    public int? FindSource(IReadOnlyList<string> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        if (string.IsNullOrWhiteSpace(Quote))
            return null;
        for (int i = 0; i < documents.Count; i++)
            if (documents[i].Contains(Quote, StringComparison.Ordinal))
                return i;
        return null;
    }
}
