namespace LlamaSpan;

/// <summary>How a replay went.</summary>
/// <param name="Steps">Steps replayed.</param>
/// <param name="Outputs">Outputs of the model compared, embeddings and ranks counted.</param>
/// <param name="Ties">Draws and best tokens that differ, but by no more than rounding explains: they went on as recorded.</param>
/// <param name="LargestError">Largest difference of a logit, in parts of the logits' range; of an embedding likewise.</param>
/// <param name="Difference">The first difference, where the replay ended; null if there is none.</param>
public sealed record ReplayResult(int Steps, int Outputs, int Ties, float LargestError, ReplayDifference? Difference)
{
    /// <summary>True if everything came as recorded.</summary>
    public bool IsEqual => Difference is null;
}
