namespace LlamaSpan.TestSupport.Pocket;

/// <summary>Documents that the pocket model was never trained on, and questions about them.</summary>
/// <param name="Documents">One to six texts.</param>
/// <param name="Questions">At most six, none twice.</param>
public sealed record PocketFolder(IReadOnlyList<string> Documents, IReadOnlyList<PocketQuestion> Questions);
