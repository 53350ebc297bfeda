namespace LlamaSpan;

/// <summary>What a request cost.</summary>
/// <param name="PromptTokens">Tokens of the prompt that were needed so far: <paramref name="CachedTokens"/> and <paramref name="ComputedTokens"/>.</param>
/// <param name="CachedTokens">Tokens of the prompt whose cells another sequence had.</param>
/// <param name="ComputedTokens">Tokens of the prompt that were decoded for this request.</param>
/// <param name="RecomputedTokens">Tokens decoded once more, after the request had lost its cells.</param>
/// <param name="GeneratedTokens">Tokens generated, without the end-of-generation token.</param>
/// <param name="SpeculatedTokens">Tokens that were decoded on a guess.</param>
/// <param name="AcceptedTokens">Those of them that came true.</param>
/// <param name="Preemptions">How often it gave up its cells to others.</param>
/// <param name="QueueTime">From submission until it was admitted.</param>
/// <param name="PrefillTime">From then until its prompt was computed.</param>
/// <param name="DecodeTime">From then until its end.</param>
public readonly record struct RequestUsage(
    int PromptTokens,
    int CachedTokens,
    int ComputedTokens,
    int RecomputedTokens,
    int GeneratedTokens,
    int SpeculatedTokens,
    int AcceptedTokens,
    int Preemptions,
    TimeSpan QueueTime,
    TimeSpan PrefillTime,
    TimeSpan DecodeTime)
{
    /// <summary>Tokens appended without asking the model (<see cref="GenerationOptions.FastForward"/>, <see cref="GenerationOptions.CloseAtLimit"/>).</summary>
    public int ForcedTokens { get; init; }

    /// <summary>Those of the cached tokens whose cells were moved, which is approximate (<see cref="RequestOptions.ChunkReuse"/>).</summary>
    public int MovedTokens { get; init; }

    /// <summary>From submission to the first token.</summary>
    public TimeSpan TimeToFirstToken => QueueTime + PrefillTime;

    /// <summary>What requests cost together that were handed in together: tokens are added up, times run on until the last one's.</summary>
    internal static RequestUsage Together(IEnumerable<RequestUsage> usages) => usages.Any() ? usages.Aggregate(static (one, other) =>
    {
        TimeSpan queue = Earlier(one.QueueTime, other.QueueTime), first = Later(one.TimeToFirstToken, other.TimeToFirstToken);
        TimeSpan end = Later(one.TimeToFirstToken + one.DecodeTime, other.TimeToFirstToken + other.DecodeTime);
        return new RequestUsage(
            one.PromptTokens + other.PromptTokens,
            one.CachedTokens + other.CachedTokens,
            one.ComputedTokens + other.ComputedTokens,
            one.RecomputedTokens + other.RecomputedTokens,
            one.GeneratedTokens + other.GeneratedTokens,
            one.SpeculatedTokens + other.SpeculatedTokens,
            one.AcceptedTokens + other.AcceptedTokens,
            one.Preemptions + other.Preemptions,
            queue,
            first - queue,
            end - first)
        {
            ForcedTokens = one.ForcedTokens + other.ForcedTokens,
            MovedTokens = one.MovedTokens + other.MovedTokens,
        };
    }) : default;

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
