namespace LlamaSpan;

/// <summary>How the embeddings of a text's tokens become one vector; fixed when a context is made.</summary>
public enum Pooling
{
    /// <summary>As the model says.</summary>
    FromModel = -1,

    /// <summary>One vector a token.</summary>
    None = 0,

    /// <summary>The mean of all tokens' vectors.</summary>
    Mean = 1,

    /// <summary>The first token's vector.</summary>
    Cls = 2,

    /// <summary>The last token's vector.</summary>
    Last = 3,

    /// <summary>The scores of a classification head (rerankers).</summary>
    Rank = 4,
}
