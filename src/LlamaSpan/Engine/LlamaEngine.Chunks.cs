namespace LlamaSpan;

/// <content>Documents at other places than they were computed at.</content>
public sealed partial class LlamaEngine
{
    /// <summary>
    /// Why <see cref="RequestOptions.ChunkReuse"/> is of no effect with this model, which then reuses exact prefixes only; null if it can be used.
    /// </summary>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    public Task<string?> WhyNotMoveAsync() => Loop.Post(() => Loop.Cache.WhyNotMove);

    /// <summary>Measures what moving documents changes: a given answer is computed behind the prompt both ways.</summary>
    /// <param name="prompt">At least one token; computed exactly afterwards, so nothing of it but the moved documents should be cached.</param>
    /// <param name="answer">At least one token: the answer of an exact run, say.</param>
    /// <param name="reuse">Where the prompt's documents stand.</param>
    /// <param name="options">Namespace, priority and timeout count.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="ArgumentException">No token, too many, or a document that is not within the prompt.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="RequestException">The engine did not answer.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    public async Task<ChunkLoss> MeasureLossAsync(
        ReadOnlyMemory<LlamaToken> prompt, ReadOnlyMemory<LlamaToken> answer, ChunkReuse reuse, RequestOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reuse);
        CheckTokens(prompt.Span, Loop.ContextSize - 1, nameof(prompt));
        CheckTokens(answer.Span, Loop.ContextSize - prompt.Length, nameof(answer));
        options = (options ?? s_defaults) with { KeepInCache = false };
        (IReadOnlyList<float[]> approximate, int moved) = await LogitsAsync(options with { ChunkReuse = reuse }).ConfigureAwait(false);
        (IReadOnlyList<float[]> exact, _) = await LogitsAsync(options with { ChunkReuse = null }).ConfigureAwait(false);
        return ChunkLoss.Between(exact, approximate, moved);

        Task<(IReadOnlyList<float[]>, int)> LogitsAsync(RequestOptions how)
        {
            TaskSink<(IReadOnlyList<float[]>, int)> sink = new(request => (((LogitsRequest)request).Rows, request.Usage.MovedTokens));
            LlamaToken[] tokens = [.. prompt.Span, .. answer.Span[..^1]];      // nothing comes behind the last token
            Loop.Submit([new LogitsRequest(tokens, prompt.Length, how, sink)], cancellationToken);
            return sink.Task;
        }
    }
}
