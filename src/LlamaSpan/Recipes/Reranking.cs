using System.Globalization;

namespace LlamaSpan;

/// <summary>A small model as the judge of what larger ones, or several samples, have answered.</summary>
public static class Reranking
{
    /// <summary>What the model is told to be.</summary>
    public const string SystemText = "You are a reranker. Choose the best candidate and output its number.";

    /// <summary>
    /// Orders candidate answers to a question about passages by how probable the model holds each to be the best: by the probability of its
    /// number, read at once for all.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="question">The question.</param>
    /// <param name="passages">What the answer is to be judged by.</param>
    /// <param name="candidates">1 to 99 answers.</param>
    /// <param name="options">Of it the template, and the namespace, priority and timeout of the request count; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>All candidates, the best first, and what they cost.</returns>
    /// <exception cref="ArgumentException">A passage or candidate is null, there is none or too many, or they do not fit the engine's context.</exception>
    /// <exception cref="ChatTemplateException">The model's chat template cannot be used.</exception>
    /// <exception cref="TokenizeException">A text cannot be tokenised.</exception>
    /// <exception cref="RequestException">The engine did not answer.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<RequestResults<RankedCandidate>> RerankAsync(
        this LlamaEngine engine,
        string question,
        IReadOnlyList<string> passages,
        IReadOnlyList<string> candidates,
        RagOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        using ChatPrompt prompt = RecipePrompt.Apply(engine, options?.Template, SystemText, UserText(question, passages, candidates));
        ReadOnlyMemory<LlamaToken>[] numbers = [.. candidates.Select((_, i) => (ReadOnlyMemory<LlamaToken>)Tokens(engine.Model.Vocabulary, i, candidates.Count))];
        RequestResults<IReadOnlyList<float>> scores = await engine.ScoreAsync(prompt.Tokens.Span, numbers, options?.Request, cancellationToken).ConfigureAwait(false);
        double[] weights = [.. scores.Select(score => Math.Exp(score.Sum(each => (double)each)))];
        double sum = weights.Sum();
        IEnumerable<RankedCandidate> ranked = weights.Select((weight, i) => new RankedCandidate(i, sum > 0 ? (float)(weight / sum) : 1f / weights.Length));
        return new RequestResults<RankedCandidate>([.. ranked.OrderByDescending(candidate => candidate.Probability)], scores.Usage);
    }

    /// <summary>The user's message: the passages, the question, the candidates with their numbers.</summary>
    /// <param name="question">The question.</param>
    /// <param name="passages">The passages.</param>
    /// <param name="candidates">1 to 99 answers.</param>
    /// <exception cref="ArgumentException">A passage or candidate is null, or there is no candidate or too many.</exception>
    public static string UserText(string question, IReadOnlyList<string> passages, IReadOnlyList<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(question);
        RequireTexts(passages, nameof(passages));
        RequireTexts(candidates, nameof(candidates));
        if (candidates.Count is < 1 or > 99)
            throw new ArgumentException($"There must be 1 to 99 candidates, not {candidates.Count}.", nameof(candidates));
        string documents = string.Concat(passages.Select((passage, i) => $"[DOC {i + 1}]\n{passage}\n\n"));
        string lines = string.Join('\n', candidates.Select((candidate, i) => $"{Number(i)}. {candidate}"));
        return $"{documents}Question: {question}\n\nCandidates:\n{lines}\n\nBest candidate:";
    }

    /// <summary>A number as the model would answer it; its end counts where 1 may be the beginning of 10.</summary>
    private static LlamaToken[] Tokens(Vocabulary vocabulary, int index, int count)
    {
        LlamaToken[] number = vocabulary.Tokenize(Number(index), addSpecial: false);
        LlamaToken end = vocabulary.Eot.Exists ? vocabulary.Eot : vocabulary.Eos;
        return count > 9 && end.Exists ? [.. number, end] : number;
    }

    private static string Number(int index) => (index + 1).ToString(CultureInfo.InvariantCulture);

    private static void RequireTexts(IReadOnlyList<string> texts, string name)
    {
        ArgumentNullException.ThrowIfNull(texts, name);
        for (int i = 0; i < texts.Count; i++)
            if (texts[i] is null)
                throw new ArgumentException($"Text {i} of {texts.Count} is null.", name);
    }
}
