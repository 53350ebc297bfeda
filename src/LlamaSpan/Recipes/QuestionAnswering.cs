using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>Questions over documents: retrieval-augmented generation on an engine, whose cache keeps the documents between questions.</summary>
public static class QuestionAnswering
{
    /// <summary>Passages that are warmed in one row take at most one such part of the engine's context: a quarter.</summary>
    private const int PartOfCache = 4;

    private static readonly ConditionalWeakTable<LlamaEngine, DocumentOrder> s_orders = [];
    private static readonly RagOptions s_defaults = new();

    /// <summary>Answers a question from passages; what an earlier question left of them in the cache is not computed again.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="question">The question.</param>
    /// <param name="passages">Texts to answer from, best kept in one order, or reordered (<see cref="RagOptions.Reorder"/>).</param>
    /// <param name="options">How it is asked and answered; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="ArgumentException">A passage is null, none has text to be quoted, or the prompt does not fit the engine's context.</exception>
    /// <exception cref="ChatTemplateException">The model's chat template cannot be used.</exception>
    /// <exception cref="TokenizeException">A text cannot be tokenised.</exception>
    /// <exception cref="RequestException">The engine did not answer.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<RagAnswer> AnswerAsync(
        this LlamaEngine engine, string question, IReadOnlyList<string> passages, RagOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= s_defaults;
        RagPrompt prompt = Prompt(engine, question, passages, options);
        RequestOptions request = options.Request with
        {
            Grammar = options.Quote ? null : options.Request.Grammar,
            Constraint = options.Quote ? QuoteFrom(engine, passages) : options.Request.Constraint,
            ChunkReuse = options.RecomputedTokens is { } count ? new ChunkReuse(prompt.Documents, count) : options.Request.ChunkReuse,
            StopStrings = [.. options.Request.StopStrings.Union(prompt.StopStrings)],
        };
        Completion completion = await engine.CompleteAsync(prompt.Tokens.Span, request, cancellationToken).ConfigureAwait(false);
        if (!options.Quote)
            return new RagAnswer(completion.Text, null, null, completion.FinishReason, completion.Usage);
        QuotedAnswer? answer = QuotedAnswer.TryParse(completion.Text);
        return new RagAnswer(answer?.Answer, answer?.Quote, answer?.FindSource(passages), completion.FinishReason, completion.Usage);
    }

    /// <summary>Computes passages for the cache, so that the first question about them starts at once.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="passages">As they will be given to <see cref="AnswerAsync"/>.</param>
    /// <param name="options">As they will be given to <see cref="AnswerAsync"/>.</param>
    /// <param name="cancellationToken">Cancels it; what is computed stays.</param>
    /// <returns>What it cost; all zero where the template leaves nothing that is known to be shared (<see cref="RagPrompt.WhyNotStable"/>).</returns>
    /// <exception cref="ArgumentException">A passage is null, or the prompt does not fit the engine's context.</exception>
    /// <exception cref="ChatTemplateException">The model's chat template cannot be used.</exception>
    /// <exception cref="TokenizeException">A text cannot be tokenised.</exception>
    /// <exception cref="RequestException">The engine did not answer.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    public static async Task<RequestUsage> WarmAsync(
        this LlamaEngine engine, IReadOnlyList<string> passages, RagOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(passages);
        options ??= s_defaults;
        if (options.RecomputedTokens is not null && await engine.WhyNotMoveAsync().ConfigureAwait(false) is null)
            return await WarmInGroupsAsync(engine, passages, options, cancellationToken).ConfigureAwait(false);
        RagPrompt prompt = Prompt(engine, "?", passages, options);
        return prompt.SharedLength == 0
            ? default
            : await engine.WarmAsync(prompt.Tokens.Span[..prompt.SharedLength], options.Request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Computes passages that will be moved, several in a row, and the first one once more behind the last: one that has another in front of it
    /// loses less where it is moved to than one that has none (benchmarks/results).
    /// </summary>
    private static async Task<RequestUsage> WarmInGroupsAsync(
        LlamaEngine engine, IReadOnlyList<string> passages, RagOptions options, CancellationToken cancellationToken)
    {
        int cached = 0, computed = 0;
        IEnumerable<List<string>> rows = Groups(engine, passages, options).SelectMany(group => (List<List<string>>)(group.Count > 1 ? [group, [group[^1], group[0]]] : [group]));
        foreach (List<string> row in rows)
        {
            RagPrompt prompt = Prompt(engine, "?", row, options);
            RequestUsage usage = await engine.WarmAsync(prompt.Tokens.Span[..prompt.Documents[^1].End], options.Request, cancellationToken).ConfigureAwait(false);
            (cached, computed) = (cached + usage.CachedTokens, computed + usage.ComputedTokens);
        }
        return default(RequestUsage) with { PromptTokens = cached + computed, CachedTokens = cached, ComputedTokens = computed };
    }

    /// <summary>Passages that can be moved, in groups that each fit a part of the cache.</summary>
    private static IEnumerable<List<string>> Groups(LlamaEngine engine, IReadOnlyList<string> passages, RagOptions options)
    {
        int most = engine.ContextSize / PartOfCache, length = 0;
        List<string> group = [];
        foreach (string passage in passages)
        {
            if (Prompt(engine, "?", [passage], options).Documents is not [{ IsStable: true } document])
                continue;
            if (group.Count > 0 && length + document.End > most)
            {
                yield return group;
                (group, length) = ([], 0);
            }
            group.Add(passage);
            length += document.Count;
        }
        if (group.Count > 0)
            yield return group;
    }

    private static Func<ITokenConstraint> QuoteFrom(LlamaEngine engine, IReadOnlyList<string> passages)
    {
        if (passages.All(string.IsNullOrEmpty))
            throw new ArgumentException("No passage has a text that could be quoted.", nameof(passages));
        Grounding grounding = QuotedAnswer.GroundIn(passages);
        return () => QuotedAnswer.Grammar.CreateConstraint(engine.Model.Vocabulary.Tokens, grounding);
    }

    private static RagPrompt Prompt(LlamaEngine engine, string question, IReadOnlyList<string> passages, RagOptions options)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(passages);
        ChatTemplate template = options.Template ?? RecipePrompt.TemplateOf(engine.Model);
        if (passages.All(passage => passage is not null))      // else the prompt says which
            passages = [.. OrderOf(engine, passages, options).Select(i => passages[i])];
        return RagPrompt.Create(template, question, passages, options);
    }

    private static int[] OrderOf(LlamaEngine engine, IReadOnlyList<string> passages, RagOptions options) =>
        s_orders.GetOrCreateValue(engine).Arrange($"{options.Request.Namespace}\0{options.System}", passages, options.Reorder);
}
