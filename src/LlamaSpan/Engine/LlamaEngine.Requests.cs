using System.Buffers;

namespace LlamaSpan;

public sealed partial class LlamaEngine
{
    /// <summary>Streams an answer. The request is submitted at once, not at the first read.</summary>
    /// <param name="prompt">At least one token, fewer than <see cref="ContextSize"/>; copied.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request; its sequence is free within a step.</param>
    /// <exception cref="NotSupportedException">The model cannot generate.</exception>
    /// <exception cref="ArgumentException">No token, too many, or a constraint for another vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="RequestException">Too many requests wait, or the engine has stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled already.</exception>
    public TokenStream StreamAsync(ReadOnlySpan<LlamaToken> prompt, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(prompt, options ?? s_defaults, null, cancellationToken);

    /// <inheritdoc cref="StreamAsync(ReadOnlySpan{LlamaToken}, RequestOptions?, CancellationToken)"/>
    /// <param name="prompt">A prompt written by hand: special tokens spelled in it are read as such, so it must not hold text of others.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request; its sequence is free within a step.</param>
    /// <exception cref="TokenizeException">The prompt cannot be tokenised.</exception>
    public TokenStream StreamAsync(string prompt, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamAsync(Tokenize(prompt), options, cancellationToken);

    /// <summary>Writes an answer to a buffer as it comes.</summary>
    /// <param name="prompt">At least one token, fewer than <see cref="ContextSize"/>; copied.</param>
    /// <param name="output">Takes UTF-8, in whole characters; called from any thread, one call at a time.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request; its sequence is free within a step.</param>
    /// <exception cref="ArgumentException">No token, too many, or a constraint for another vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="RequestException">The engine did not answer the request.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">The model gave logits that no token can be chosen from.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<StreamEnd> WriteAsync(
        ReadOnlySpan<LlamaToken> prompt, IBufferWriter<byte> output, RequestOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return StreamAsync(prompt, options, cancellationToken).WriteToAsync(output);
    }

    /// <summary>Generates a whole answer.</summary>
    /// <param name="prompt">At least one token, fewer than <see cref="ContextSize"/>; copied.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request; its sequence is free within a step.</param>
    /// <exception cref="ArgumentException">No token, too many, or a constraint for another vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="RequestException">The engine did not answer the request.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">The model gave logits that no token can be chosen from.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<Completion> CompleteAsync(ReadOnlySpan<LlamaToken> prompt, RequestOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= s_defaults;
        CheckTokens(prompt, Loop.ContextSize - 1, nameof(prompt));
        CompletionSink sink = new();
        Loop.Submit([Generation(prompt, options, sink, 0)], cancellationToken);
        return sink.Task;
    }

    /// <inheritdoc cref="CompleteAsync(ReadOnlySpan{LlamaToken}, RequestOptions?, CancellationToken)"/>
    /// <param name="prompt">A prompt written by hand: special tokens spelled in it are read as such, so it must not hold text of others.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request; its sequence is free within a step.</param>
    /// <exception cref="TokenizeException">The prompt cannot be tokenised.</exception>
    public Task<Completion> CompleteAsync(string prompt, RequestOptions? options = null, CancellationToken cancellationToken = default) =>
        CompleteAsync(Tokenize(prompt), options, cancellationToken);

    /// <summary>
    /// Generates several answers to one prompt, which is computed once. They draw from different streams of one seed; without a seed from a random one.
    /// </summary>
    /// <param name="prompt">At least one token, fewer than <see cref="ContextSize"/>; copied.</param>
    /// <param name="samples">How many, 1 to 255.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request; its sequence is free within a step.</param>
    /// <returns>The answers, by sample number.</returns>
    /// <exception cref="ArgumentException">No token, too many, or a constraint for another vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary, or <paramref name="samples"/> lies outside its limits.</exception>
    /// <exception cref="RequestException">The engine did not answer one of them.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">The model gave logits that no token can be chosen from.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<Completion[]> SampleAsync(
        ReadOnlySpan<LlamaToken> prompt, int samples, RequestOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= s_defaults;
        CheckTokens(prompt, Loop.ContextSize - 1, nameof(prompt));
        CheckSamples(samples);
        CompletionSink[] sinks = new CompletionSink[samples];
        EngineRequest[] requests = new EngineRequest[samples];
        for (int i = 0; i < samples; i++)
        {
            requests[i] = Generation(prompt, options, sinks[i] = new CompletionSink(), (ulong)i);
            if (i == 0)
                continue;
            requests[i].Leader = requests[0];
            requests[0].Followers.Add(requests[i]);
        }
        Loop.Submit(requests, cancellationToken);
        return Task.WhenAll(sinks.Select(sink => sink.Task));
    }

    /// <summary>Generates answers to many prompts, as many at once as the engine takes.</summary>
    /// <param name="prompts">Each at least one token, fewer than <see cref="ContextSize"/>; read until the task is done.</param>
    /// <param name="samples">How many answers to each, 1 to 255.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="progress">Told after each prompt.</param>
    /// <param name="cancellationToken">Cancels all.</param>
    /// <returns>The answers, by prompt and sample.</returns>
    /// <exception cref="ArgumentException">No token, too many, or a constraint for another vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary, or <paramref name="samples"/> lies outside its limits.</exception>
    /// <exception cref="RequestException">The engine did not answer one of them; the others are then cancelled.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">The model gave logits that no token can be chosen from.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<IReadOnlyList<Completion[]>> BatchAsync(
        IReadOnlyList<ReadOnlyMemory<LlamaToken>> prompts,
        int samples = 1,
        RequestOptions? options = null,
        IProgress<BatchProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        CheckSamples(samples);
        for (int i = 0; i < prompts.Count; i++)      // before others are computed for nothing
            CheckTokens(prompts[i].Span, Loop.ContextSize - 1, nameof(prompts));
        Completion[][] answers = new Completion[prompts.Count][];
        int completed = 0;
        // twice what runs keeps the engine busy and leaves the queue to others
        int atOnce = Math.Max(1, Math.Min(2 * Options.MaxSequences, Options.MaxWaiting) / samples);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, prompts.Count, parallel, async (i, token) =>
        {
            answers[i] = await SampleAsync(prompts[i].Span, samples, options, token).ConfigureAwait(false);
            progress?.Report(new BatchProgress(Interlocked.Add(ref completed, samples), prompts.Count * samples));
        }).ConfigureAwait(false);
        return answers;
    }

    /// <summary>Computes how probable given texts are behind a prompt, which is computed once.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="continuations">Each at least one token; with the prompt at most <see cref="ContextSize"/>.</param>
    /// <param name="options">Namespace, priority and timeout count.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>
    /// For each continuation the natural logarithm of each token's probability behind those before it, and what they cost: each continuation has the
    /// prompt and its own tokens but the last, behind which nothing is computed.
    /// </returns>
    /// <exception cref="ArgumentException">No token, or too many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="RequestException">The engine did not answer.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<RequestResults<IReadOnlyList<float>>> ScoreAsync(
        ReadOnlySpan<LlamaToken> prompt,
        IReadOnlyList<ReadOnlyMemory<LlamaToken>> continuations,
        RequestOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(continuations);
        CheckTokens(prompt, Loop.ContextSize - 1, nameof(prompt));
        if (continuations.Count == 0)
            return Task.FromResult(new RequestResults<IReadOnlyList<float>>([], default));
        EngineRequest[] requests = new EngineRequest[continuations.Count];
        Task<(IReadOnlyList<float>, RequestUsage)>[] tasks = new Task<(IReadOnlyList<float>, RequestUsage)>[continuations.Count];
        for (int i = 0; i < requests.Length; i++)
        {
            CheckTokens(continuations[i].Span, Loop.ContextSize - prompt.Length, nameof(continuations));
            TaskSink<(IReadOnlyList<float>, RequestUsage)> sink = new(request => (((ScoreRequest)request).Scores, request.Usage));
            requests[i] = new ScoreRequest([.. prompt, .. continuations[i].Span], prompt.Length, options ?? s_defaults, sink);
            tasks[i] = sink.Task;
        }
        Loop.Submit(requests, cancellationToken);
        return Together(tasks);
    }

    /// <summary>Computes tokens for the cache, so that later prompts that begin with them start at once.</summary>
    /// <param name="tokens">At least one, at most <see cref="ContextSize"/>.</param>
    /// <param name="options">Namespace, priority and timeout count.</param>
    /// <param name="cancellationToken">Cancels it; what is computed stays.</param>
    /// <returns>What it cost.</returns>
    /// <exception cref="ArgumentException">No token, or too many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="RequestException">The engine did not answer.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<RequestUsage> WarmAsync(ReadOnlySpan<LlamaToken> tokens, RequestOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckTokens(tokens, Loop.ContextSize, nameof(tokens));
        TaskSink<RequestUsage> sink = new(request => request.Usage);
        Loop.Submit([new WarmRequest(tokens, options ?? s_defaults, sink, pin: false)], cancellationToken);
        return sink.Task;
    }

    /// <summary>Computes tokens for the cache, where they stay until the result is disposed: a system prompt, say.</summary>
    /// <param name="tokens">At least one, fewer than <see cref="ContextSize"/>.</param>
    /// <param name="options">Namespace, priority and timeout count.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="ArgumentException">No token, or too many.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="RequestException">The engine did not answer, or has no sequence left to pin.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<PinnedPrefix> PinAsync(ReadOnlySpan<LlamaToken> tokens, RequestOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckTokens(tokens, Loop.ContextSize - 1, nameof(tokens));
        TaskSink<PinnedPrefix> sink = new(request => new PinnedPrefix(Loop, request));
        Loop.Submit([new WarmRequest(tokens, (options ?? s_defaults) with { KeepInCache = true }, sink, pin: true)], cancellationToken);
        return sink.Task;
    }

    private static async Task<RequestResults<T>> Together<T>(Task<(T Result, RequestUsage Usage)>[] tasks)
    {
        (T Result, RequestUsage Usage)[] ended = await Task.WhenAll(tasks).ConfigureAwait(false);
        return new RequestResults<T>([.. ended.Select(each => each.Result)], RequestUsage.Together(ended.Select(each => each.Usage)));
    }

    private static void CheckSamples(int samples)
    {
        if (samples is < 1 or >= LlamaContext.SequenceLimit)
            throw new ArgumentOutOfRangeException(nameof(samples), samples, $"1 to {LlamaContext.SequenceLimit - 1} samples are possible.");
    }

    /// <summary>Streams an answer; the observer, of tests, gets all logits on the engine's thread.</summary>
    internal TokenStream Stream(ReadOnlySpan<LlamaToken> prompt, RequestOptions options, Action<int, float[]>? observer, CancellationToken cancellationToken)
    {
        CheckTokens(prompt, Loop.ContextSize - 1, nameof(prompt));
        TokenStream stream = new(Loop, Options.StreamBuffer, options.LogProbabilities ?? 0);
        GenerationRequest request = Generation(prompt, options, stream.Output, 0);
        request.Observer = observer;
        stream.Attach(request);
        Loop.Submit([request], cancellationToken);
        return stream;
    }

    private GenerationRequest Generation(ReadOnlySpan<LlamaToken> prompt, RequestOptions options, RequestSink sink, ulong stream)
    {
        GenerationRequest request = new(prompt, options, sink, _vocabulary, stream, ContextSize);
        if (Options.Draft is { } draft && (options.DraftTokens ?? draft.Tokens) is > 0 and var tokens)
            request.DraftWithModel(tokens);
        return request;
    }
}
