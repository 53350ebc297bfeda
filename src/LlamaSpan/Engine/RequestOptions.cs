namespace LlamaSpan;

/// <summary>How an engine answers a request.</summary>
public sealed record RequestOptions : GenerationOptions
{
    /// <summary>
    /// Requests of higher priority are served first, among those of one <see cref="Namespace"/>: for each step a request counts as having come
    /// <see cref="EngineOptions.PriorityHeadStart"/> earlier, so that none waits forever. -1,000 to 1,000; default 0.
    /// </summary>
    public int Priority
    {
        get;
        init => field = value is >= -1000 and <= 1000 ? value : throw new ArgumentOutOfRangeException(nameof(Priority), value, "RequestOptions.Priority must lie in -1000..1000.");
    }

    /// <summary>Time from submission after which the request fails; null, the default, for any time.</summary>
    public TimeSpan? Timeout
    {
        get;
        init => field = value is null || (value > TimeSpan.Zero && value <= TimeSpan.FromDays(365))
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Timeout), value, "RequestOptions.Timeout must be above zero and at most 365 days.");
    }

    /// <summary>
    /// Requests share cached prompts only with those of the same name (a tenant, say). Names that ask for more than there is get equal parts
    /// of it, whoever has more requests waiting. Default "".
    /// </summary>
    public string Namespace { get; init => field = value ?? throw new ArgumentNullException(nameof(Namespace)); } = "";

    /// <summary>False to keep nothing of this request in the cache when it ends. Default true.</summary>
    public bool KeepInCache { get; init; } = true;

    /// <summary>
    /// Most tokens to guess ahead from what prompt and answer hold already, and from what a constraint leaves no choice about, verified in one
    /// batch: faster for answers that quote, of no effect on the answer. The engine guesses fewer, or none, where it measures that to be faster.
    /// 0 to 64; 0, the default, guesses nothing. Not used where a model cannot take tokens back.
    /// </summary>
    public int PromptLookup
    {
        get;
        init => field = value is >= 0 and <= 64 ? value : throw new ArgumentOutOfRangeException(nameof(PromptLookup), value, "RequestOptions.PromptLookup must lie in 0..64.");
    }

    /// <summary>
    /// Most tokens that the engine's draft model guesses ahead (<see cref="EngineOptions.Draft"/>); of no effect on the answer. 0 to 64, 0 for
    /// none; null, the default, for as many as <see cref="DraftOptions.Tokens"/>. With <see cref="PromptLookup"/> it guesses where that has
    /// nothing to say.
    /// </summary>
    public int? DraftTokens
    {
        get;
        init => field = value is null or (>= 0 and <= 64) ? value : throw new ArgumentOutOfRangeException(nameof(DraftTokens), value, "RequestOptions.DraftTokens must lie in 0..64.");
    }

    /// <summary>
    /// Lets documents of the prompt be taken from elsewhere in the cache, which is approximate; null, the default, for exact reuse only. Of no
    /// effect where the model does not allow it (<see cref="LlamaEngine.WhyNotMoveAsync"/>). What is computed behind is not kept in the cache.
    /// While its prompt is computed such a request takes one of <see cref="EngineOptions.CachedSequences"/>; where there is none, it is computed exactly.
    /// </summary>
    public ChunkReuse? ChunkReuse { get; init; }

    /// <summary>What the answer must be; null for any text.</summary>
    public JsonGrammar? Grammar { get; init; }

    /// <summary>Makes a constraint for each sample, where it is not a <see cref="Grammar"/>; called on the caller's thread, and disposed at the request's end if it is disposable.</summary>
    public Func<ITokenConstraint>? Constraint { get; init; }
}
