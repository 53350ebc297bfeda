namespace LlamaSpan;

/// <summary>No token can be sampled: a logit is not a number, is plus infinity, or nothing may be chosen.</summary>
public sealed class SamplingException : LlamaException
{
    internal SamplingException(string message, LlamaToken token)
        : base(message) => Token = token;

    /// <summary>The token whose logit is at fault, or <see cref="LlamaToken.None"/> where no single one is.</summary>
    public LlamaToken Token { get; }

    internal static SamplingException BadLogit(float logit, int token) =>
        new($"The logit of token {token} is {logit}: logits must be finite or minus infinity.", new LlamaToken(token));

    internal static SamplingException NothingLeft(bool constrained) => new(
        constrained
            ? "Nothing to sample from: the logit of every token that the constraint allows is minus infinity."
            : "Nothing to sample from: the logit of every token is minus infinity.",
        LlamaToken.None);
}
