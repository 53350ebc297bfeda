namespace LlamaSpan;

/// <summary>A repaired JSON text.</summary>
/// <param name="Json">A valid instance of the schema.</param>
/// <param name="Changes">What had to be mended.</param>
/// <param name="FilledByModel">How many values the candidate did not have and the model filled in.</param>
/// <param name="IsSchemaKnown">
/// False where the schema was a description that is not of the form read, so that <paramref name="Json"/> is only known to be a JSON object.
/// </param>
public sealed record JsonRepairResult(string Json, NearJsonChanges Changes, int FilledByModel, bool IsSchemaKnown);
