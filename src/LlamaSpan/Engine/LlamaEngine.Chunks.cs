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
    /// <param name="prompt">At least one token; computed exactly too, so nothing of it but the documents to be moved should be cached.</param>
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
        return (await MeasureLossAsync(prompt, answer, [reuse], options, cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>Measures what moving documents changes in several ways, beside one exact run.</summary>
    /// <param name="prompt">At least one token; computed exactly too, so nothing of it but the documents to be moved should be cached.</param>
    /// <param name="answer">At least one token: the answer of an exact run, say.</param>
    /// <param name="ways">Where the prompt's documents stand, each with another number of recomputed tokens, say.</param>
    /// <param name="options">Namespace, priority and timeout count.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The loss of each way.</returns>
    /// <exception cref="ArgumentException">No token, too many, or a document that is not within the prompt.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="RequestException">The engine did not answer.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    public async Task<IReadOnlyList<ChunkLoss>> MeasureLossAsync(
        ReadOnlyMemory<LlamaToken> prompt, ReadOnlyMemory<LlamaToken> answer, IReadOnlyList<ChunkReuse> ways, RequestOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ways);
        CheckTokens(prompt.Span, Loop.ContextSize - 1, nameof(prompt));
        CheckTokens(answer.Span, Loop.ContextSize - prompt.Length, nameof(answer));
        options = (options ?? s_defaults) with { KeepInCache = false };
        (IReadOnlyList<float[]> exact, _) = await LogitsAsync(null).ConfigureAwait(false);
        List<ChunkLoss> losses = [];
        foreach (ChunkReuse way in ways)
        {
            ArgumentNullException.ThrowIfNull(way, nameof(ways));
            (IReadOnlyList<float[]> approximate, int moved) = await LogitsAsync(way).ConfigureAwait(false);
            losses.Add(ChunkLoss.Between(exact, approximate, moved));
        }
        return losses;

        Task<(IReadOnlyList<float[]>, int)> LogitsAsync(ChunkReuse? reuse)
        {
            TaskSink<(IReadOnlyList<float[]>, int)> sink = new(request => (((LogitsRequest)request).Rows, request.Usage.MovedTokens));
            LlamaToken[] tokens = [.. prompt.Span, .. answer.Span[..^1]];      // nothing comes behind the last token
            Loop.Submit([new LogitsRequest(tokens, prompt.Length, options with { ChunkReuse = reuse }, sink)], cancellationToken);
            return sink.Task;
        }
    }
}
