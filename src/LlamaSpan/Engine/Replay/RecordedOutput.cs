namespace LlamaSpan;

/// <summary>One output, or what a request began with.</summary>
/// <param name="Request">Its number.</param>
/// <param name="Index">Index of the token it stands behind; -1 for what was appended before any.</param>
/// <param name="Best">The token of the highest logit.</param>
/// <param name="Logit">That logit.</param>
/// <param name="Drawn">The token that was drawn; -1 for none.</param>
/// <param name="Appended">Tokens that joined the request.</param>
/// <param name="Done">True if it was then done.</param>
/// <param name="Mask">Which of the capsule's sets of tokens it was drawn from; -1 for all tokens.</param>
internal sealed record RecordedOutput(long Request, int Index, int Best, float Logit, int Drawn, int[] Appended, bool Done, int Mask = -1);
