using System.Text.Json;

namespace RagOverFolder;

/// <summary>An answer with the sentence it was taken from; both null where the documents do not say.</summary>
sealed record QuotedAnswer(string? Quote, string? Answer)
{
    /// <summary>Exactly the JSON that a prompt asks for, as a grammar in llama.cpp's notation (GBNF).</summary>
    public const string Grammar = """
        root   ::= "{\"quote\": " value ", \"answer\": " value "}"
        value  ::= string | "null"
        string ::= "\"" ( [^"\\\x00-\x1F] | "\\" ( ["\\/bfnrt] | "u" [0-9a-fA-F]{4} ) ){0,400} "\""
        """;

    /// <summary>Reads what the grammar let through.</summary>
    /// <exception cref="JsonException">It is cut off.</exception>
    public static QuotedAnswer Parse(string json) => JsonSerializer.Deserialize<QuotedAnswer>(json, JsonSerializerOptions.Web)!;

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
