using System.Diagnostics;
using LlamaSpan.TestSupport.Pocket;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>
/// Answers that quote their documents, greedy: of the pocket model as JSON with the sentence that the answer was read from, of others a
/// passage word for word.
/// </summary>
internal sealed class QuotingAnswers : IDisposable
{
    /// <summary>Most tokens guessed at once.</summary>
    public const int Lookup = 16;

    private const int ContextSize = 2048, MostPrompts = 8, Repeats = 15;

    // two tokens whose log-probabilities are less than this apart may change places where batches are wider: with flash attention and more than
    // 256 cells llama.cpp sums up a single token's attention in other parts than several tokens', and quantized weights make much of that. With
    // SmolLM2 the likely tokens were seen to move against the best one by up to 0.39 from one decode to the next; the cache adds to it
    private const float Tie = 0.5f;

    private readonly LoadedModel _loaded;
    private readonly ChatTemplate _template;
    private readonly LlamaEngine _engine;
    private readonly List<(LlamaToken[] Prompt, RequestOptions Options)> _requests;
    private LlamaToken[][]? _expected;

    public QuotingAnswers(RatioModel file, bool isPocket, int threads)
    {
        _loaded = new LoadedModel(file, ContextSize, threads);
        _template = ChatTemplate.FromModel(_loaded.Model);
        _requests = [.. isPocket ? Json() : Passages()];
        // each prompt is computed once, in a buffer of its own: other cells, and chunks cut elsewhere, give other sums, and so other answers
        _engine = LlamaEngine.Start(_loaded.Model, new EngineOptions
        {
            Context = LoadedModel.Options((1 + MostPrompts) * ContextSize, threads),
            CacheLayout = CacheLayout.PerSequence,
            MaxSequences = 1,
            CachedSequences = MostPrompts,
        });
        foreach ((LlamaToken[] prompt, _) in _requests)
            _engine.WarmAsync(prompt).GetAwaiter().GetResult();
    }

    /// <summary>What a run over all prompts cost.</summary>
    /// <param name="Tokens">Tokens generated behind the first ones.</param>
    /// <param name="Seconds">Time from the first tokens on.</param>
    /// <param name="Guessed">Tokens guessed.</param>
    /// <param name="Accepted">Those that came true.</param>
    public readonly record struct Cost(int Tokens, double Seconds, int Guessed, int Accepted)
    {
        /// <summary>Tokens a second.</summary>
        public double Speed => Tokens / Seconds;

        /// <summary>Decodes.</summary>
        public int Steps => Tokens - Accepted;

        /// <summary>Tokens of a decode.</summary>
        public double Width => 1 + ((double)Guessed / Steps);
    }

    /// <summary>Answers all prompts.</summary>
    /// <exception cref="InvalidOperationException">An answer differs from the first one's, and no tie explains it.</exception>
    public Cost Run(bool guess)
    {
        Cost cost = default;
        List<LlamaToken[]> answers = [];
        foreach ((LlamaToken[] prompt, RequestOptions options) in _requests)
        {
            Completion answer = _engine.CompleteAsync(prompt, options with { PromptLookup = guess ? Lookup : 0, KeepInCache = false }).GetAwaiter().GetResult();
            answers.Add([.. answer.Tokens]);
            RequestUsage usage = answer.Usage;
            int first = answer.FinishReason == FinishReason.EndOfGeneration ? 0 : 1;      // the prompt gave it; but a decode gave the end
            cost = new Cost(cost.Tokens + usage.GeneratedTokens - first, cost.Seconds + usage.DecodeTime.TotalSeconds,
                cost.Guessed + usage.SpeculatedTokens, cost.Accepted + usage.AcceptedTokens);
        }
        _expected ??= [.. answers];
        for (int i = 0; i < answers.Count; i++)
            CheckSame(_requests[i].Prompt, _expected[i], answers[i]);
        return cost;
    }

    /// <summary>How much faster a run could be at best: the tokens that a step gave, over what a decode that wide costs more than one of a token.</summary>
    public double Ceiling(Cost guessed)
    {
        int width = (int)guessed.Width;
        double narrow = DecodeTime(width), wide = DecodeTime(width + 1);
        double time = narrow + ((wide - narrow) * (guessed.Width - width));
        return (double)guessed.Tokens / guessed.Steps / (time / DecodeTime(1));
    }

    /// <summary>How much faster a run would be if it were known how far each guess comes true.</summary>
    public double KnowingSpeedup()
    {
        if (_expected is null)
            Run(guess: false);
        KnowingGuesser guesser = new([0, .. Enumerable.Range(1, Lookup + 1).Select(DecodeTime)]);
        for (int i = 0; i < _requests.Count; i++)
            guesser.Add(_requests[i].Prompt, _expected![i], _requests[i].Options, _loaded.Model.Vocabulary);
        return guesser.Speedup;
    }

    public void Dispose()
    {
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _template.Dispose();
        _loaded.Dispose();
    }

    private IEnumerable<(LlamaToken[], RequestOptions)> Json() =>
        from folder in PocketFiles.Folders().Where(folder => folder.Documents.Count >= 3).Take(MostPrompts)
        let question = folder.Questions.First(question => question.Answer is not null)
        let grounding = QuotedAnswer.GroundIn(folder.Documents)
        select (RagPrompt.Create(_template, question.Question, folder.Documents).Tokens.ToArray(), new RequestOptions
        {
            Sampling = SamplingOptions.Greedy,
            MaxTokens = 128,
            Constraint = () => QuotedAnswer.Grammar.CreateConstraint(_loaded.Model.Vocabulary.Tokens, grounding),
        });

    private IEnumerable<(LlamaToken[], RequestOptions)> Passages()
    {
        RagOptions options = new() { Quote = false, Instruction = "Repeat the text of the document word for word." };
        for (int i = 0; i < MostPrompts; i++)
            yield return (RagPrompt.Create(_template, "What does the document say, word for word?", [RealPassages.All[i * 5].Text], options).Tokens.ToArray(),
                new RequestOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 96 });
    }

    private double DecodeTime(int width)
    {
        const int Depth = 300;
        LlamaToken[] tokens = _loaded.Text(Depth + width);
        if (_loaded.Context.Cache.LastPosition(Sequence.Zero) != Depth - 1)
            _loaded.Context.Prefill(Sequence.Zero, tokens.AsSpan(0, Depth));
        using LlamaBatch batch = new(width);
        for (int i = 0; i < width; i++)
            batch.Add(tokens[Depth + i], Depth + i, Sequence.Zero, output: true);
        return Series.MedianOf([.. Enumerable.Range(0, Repeats).Select(repeat =>
        {
            long start = Stopwatch.GetTimestamp();
            _loaded.Context.Decode(batch);
            _ = _loaded.Context.Logits(0);      // waits for the outputs
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            _loaded.Context.Cache.Remove(Sequence.Zero, Depth);
            return seconds;
        })]);
    }

    private void CheckSame(LlamaToken[] prompt, LlamaToken[] expected, LlamaToken[] answer)
    {
        int same = expected.AsSpan().CommonPrefixLength(answer);
        if (same == expected.Length && same == answer.Length)
            return;
        if (same == expected.Length || same == answer.Length)
            throw new InvalidOperationException($"An answer of {expected.Length} tokens had {answer.Length} with guesses.");
        RequestResults<IReadOnlyList<float>> scores = _engine.ScoreAsync([.. prompt, .. expected.AsSpan(0, same)], [new[] { expected[same] }, new[] { answer[same] }]).GetAwaiter().GetResult();
        float apart = Math.Abs(scores[0][0] - scores[1][0]);
        if (apart > Tie)
            throw new InvalidOperationException($"With guesses an answer differs at token {same}, where the two tokens' log-probabilities lie {apart} apart: no tie explains it.");
    }
}
