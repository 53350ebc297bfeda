namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>RAG prompts as tokens: the same system text and documents, a new question each time.</summary>
internal sealed class RagPrompts
{
    /// <summary>Tokens of the system text and the documents.</summary>
    public const int Documents = 1500;

    /// <summary>Tokens of a question.</summary>
    public const int Question = 48;

    /// <summary>Tokens of a prompt.</summary>
    public const int Length = Documents + Question;

    /// <summary>Context that holds a prompt.</summary>
    public const int ContextSize = 1792;

    private readonly LlamaToken[][] _prompts;
    private int _next;

    public RagPrompts(LoadedModel loaded)
    {
        LlamaToken[] documents = loaded.Text(Documents);
        // questions that differ from their first token on
        _prompts = [.. Enumerable.Range(0, 40).Select(i => loaded.Text(Question, from: i * 7)).DistinctBy(question => question[0])
            .Select(question => (LlamaToken[])[.. documents, .. question])];
    }

    /// <summary>A prompt with another question than the one before.</summary>
    public LlamaToken[] Next() => _prompts[_next++ % _prompts.Length];
}
