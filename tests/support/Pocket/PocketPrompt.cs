namespace LlamaSpan.TestSupport.Pocket;

/// <summary>A prompt that the pocket model was never trained on.</summary>
/// <param name="Task">One of rag, rag_json, graph, repair, rank (models/pocket/corpus.py).</param>
/// <param name="Messages">System and user message.</param>
/// <param name="Answer">What is right, word for word.</param>
public sealed record PocketPrompt(string Task, IReadOnlyList<PocketMessage> Messages, string Answer);
