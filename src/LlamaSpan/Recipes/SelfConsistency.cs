namespace LlamaSpan;

/// <summary>Self-consistency (arXiv:2203.11171): several answers are sampled to one prompt, which is computed once, and the most frequent one is taken.</summary>
public static class SelfConsistency
{
    private static readonly RequestOptions s_defaults = new();

    /// <summary>Samples answers and counts them.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="samples">How many, 1 to 255.</param>
    /// <param name="answer">
    /// What a sample votes for, such as the last number of its text; null for no vote. By default its text without white space around it, if it
    /// ended by itself.
    /// </param>
    /// <param name="options">How it is sampled; the temperature must be above 0 for samples to differ. Null for the defaults.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="ArgumentException">No token, or more than fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of samples.</exception>
    /// <exception cref="RequestException">The engine did not answer one of them.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<Vote> VoteAsync(
        this LlamaEngine engine,
        ReadOnlySpan<LlamaToken> prompt,
        int samples,
        Func<Completion, string?>? answer = null,
        RequestOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return Count(engine.SampleAsync(prompt, samples, options ?? s_defaults, cancellationToken), answer ?? WholeText);
    }

    private static async Task<Vote> Count(Task<Completion[]> sampling, Func<Completion, string?> answer)
    {
        Completion[] samples = await sampling.ConfigureAwait(false);
        VoteCount[] counts = [.. samples.Select(answer).OfType<string>().CountBy(text => text).Select(pair => new VoteCount(pair.Key, pair.Value)).OrderByDescending(count => count.Votes)];
        return counts is [var first, ..] ? new Vote(first.Answer, first.Votes, counts, samples) : new Vote(null, 0, counts, samples);
    }

    private static string? WholeText(Completion completion) => completion.FinishReason == FinishReason.Length ? null : completion.Text.Trim();
}
