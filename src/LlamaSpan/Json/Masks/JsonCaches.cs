namespace LlamaSpan;

/// <summary>What the process remembers between grammars, beside what belongs to a vocabulary or a grammar for as long as it lives.</summary>
internal static class JsonCaches
{
    /// <summary>Forgets the patterns, numbers and tokens' reaches that earlier grammars brought, as in a fresh process.</summary>
    public static void Clear(TokenTable table)
    {
        SchemaReader.ClearCaches();
        NumberLanguage.ClearCaches();
        VocabularyIndex.Of(table).Reaches.Clear();
    }
}
