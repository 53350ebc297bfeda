namespace LlamaSpan.TestSupport.Pocket;

/// <summary>A question about some documents; all but the question is null where they do not say.</summary>
/// <param name="Question">The question.</param>
/// <param name="Answer">What is right as a sentence, word for word.</param>
/// <param name="Value">What is right in short.</param>
/// <param name="Quote">The sentence of a document that says so.</param>
/// <param name="Document">Which document, from 1.</param>
public sealed record PocketQuestion(string Question, string? Answer, string? Value, string? Quote, int? Document);
