using LlamaSpan;

namespace RagOverFolder;

/// <summary>An answer and what it cost.</summary>
/// <param name="Text">What the model wrote.</param>
/// <param name="Passages">What it was shown, [DOC 1] first.</param>
/// <param name="Prompt">The question and the passages as the model read them.</param>
/// <param name="Usage">Tokens and times with a warm cache.</param>
sealed record Answer(string Text, IReadOnlyList<Passage> Passages, LlamaToken[] Prompt, GenerationUsage Usage)
{
    /// <summary>Time to the first token of the same prompt on an empty cache.</summary>
    public TimeSpan Cold { get; init; }
}
