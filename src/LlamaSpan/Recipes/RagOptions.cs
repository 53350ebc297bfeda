namespace LlamaSpan;

/// <summary>How a question over documents is asked.</summary>
public sealed record RagOptions
{
    /// <summary>What the model is told to be.</summary>
    public string System { get; init => field = value ?? throw new ArgumentNullException(nameof(System)); } = RagPrompt.SystemText;

    /// <summary>
    /// True for an answer as JSON with the sentence it was read from (<see cref="QuotedAnswer"/>), which tells the document. A constraint
    /// of <see cref="Request"/> then is of no effect. Default true.
    /// </summary>
    public bool Quote { get; init; } = true;

    /// <summary>
    /// What the model is to do; null for <see cref="RagPrompt.QuoteInstruction"/> or <see cref="RagPrompt.TextInstruction"/>, and with a
    /// <see cref="Reminder"/> for the shorter ones.
    /// </summary>
    public string? Instruction { get; init; }

    /// <summary>
    /// A text to be repeated just before the question: of the passages the one that fits it best. Small models lose sight of a document
    /// that stands far above the question. Null, the default, for none.
    /// </summary>
    public string? Reminder { get; init; }

    /// <summary>
    /// True to let the documents be put in an order in which more of the prompt is cached: they then begin as those of an earlier question
    /// do. Default false.
    /// </summary>
    public bool Reorder { get; init; }

    /// <summary>
    /// Opt-in to chunk reuse, which is approximate: passages that <see cref="QuestionAnswering.WarmAsync"/> or an earlier question computed,
    /// in any order and selection, are moved to where they stand, and only so many tokens at the beginning of each are computed anew. 16 lose
    /// little (benchmarks/results). Where the engine cannot move them (<see cref="LlamaEngine.WhyNotMoveAsync"/>), as null. Null, the default, for
    /// exact reuse only.
    /// </summary>
    public int? RecomputedTokens
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(RecomputedTokens), value, "RagOptions.RecomputedTokens must not be negative.");
    }

    /// <summary>The chat template; null for the model's own.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>What the template is given besides the messages; by default models that can do without do not reason.</summary>
    public ChatPromptOptions Chat { get; init => field = value ?? throw new ArgumentNullException(nameof(Chat)); } = new() { EnableThinking = false };

    /// <summary>How the answer is generated: by default greedily, at most 256 tokens.</summary>
    public RequestOptions Request { get; init => field = value ?? throw new ArgumentNullException(nameof(Request)); } = new()
    {
        Sampling = SamplingOptions.Greedy,
        MaxTokens = 256,
    };
}
