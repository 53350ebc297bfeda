using System.Text.Json;

namespace RagOverFolder;

/// <summary>An answer with the sentence it was taken from; both null where the documents do not say.</summary>
sealed record QuotedAnswer(string? Quote, string? Answer)
{
    /// <summary>Exactly the JSON that a prompt asks for; the bound makes the answer end, and a quote stands in the documents word for word.</summary>
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

    /// <summary>Reads an answer; null where it was cut off.</summary>
    public static QuotedAnswer? TryParse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<QuotedAnswer>(json, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The passage in which the quote stands word for word, and its number in the prompt from 1; null if it stands in none.</summary>
    public (Passage Passage, int Number)? Source(IReadOnlyList<Passage> passages)
    {
        if (string.IsNullOrWhiteSpace(Quote))
            return null;
        for (int i = 0; i < passages.Count; i++)
            if (passages[i].Text.Contains(Quote, StringComparison.Ordinal))
                return (passages[i], i + 1);
        return null;
    }
}
