namespace LlamaSpan;

/// <summary>Which probabilities are meant.</summary>
public enum DistributionKind
{
    /// <summary>The model's own: softmax of the logits as they are.</summary>
    Model,

    /// <summary>Those that a token is drawn from: after constraint, bias, penalties, truncation and temperature.</summary>
    Sampling,
}
