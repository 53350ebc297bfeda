namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>
/// What guesses could bring at most: made of the same lookups and forced texts, but by one who knows beforehand how far each comes true and
/// what each step costs.
/// </summary>
/// <param name="cost">The time of a decode by its tokens, from 1 on.</param>
internal sealed class KnowingGuesser(double[] cost)
{
    private double _plain, _guessed;

    /// <summary>Tokens a second over those of steps of one token.</summary>
    public double Speedup => _plain / _guessed;

    /// <summary>Goes through an answer.</summary>
    /// <param name="prompt">What it answers.</param>
    /// <param name="answer">Its tokens.</param>
    /// <param name="options">How it was generated.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    public void Add(LlamaToken[] prompt, LlamaToken[] answer, RequestOptions options, Vocabulary vocabulary)
    {
        int steps = answer.Length + (answer.Length < options.MaxTokens ? 1 : 0);      // the end is generated too
        int[] runs = Runs(prompt, answer, options, vocabulary);
        double[] rest = new double[steps + 1];      // the time from each token on
        for (int i = steps - 1; i > 0; i--)
            rest[i] = Enumerable.Range(0, (i < runs.Length ? runs[i] : 0) + 1).Min(guesses => cost[1 + guesses] + rest[Math.Min(steps, i + 1 + guesses)]);
        _guessed += rest[1];
        _plain += (steps - 1) * cost[1];
    }

    /// <summary>How many tokens of a guess at each place come true.</summary>
    private int[] Runs(LlamaToken[] prompt, LlamaToken[] answer, RequestOptions options, Vocabulary vocabulary)
    {
        PromptLookup lookup = new(cost.Length - 2);
        lookup.Read(prompt);
        ITokenConstraint? constraint = options.Constraint?.Invoke();
        ForcedTokens forced = new(options, vocabulary);
        forced.Begin(constraint, options.MaxTokens);
        Speculation speculation = new(null, new StepCost());
        LlamaToken[] guess = new LlamaToken[cost.Length - 2];
        int[] runs = new int[answer.Length];
        for (int i = 0; i < answer.Length; i++)
        {
            runs[i] = answer.AsSpan(i).CommonPrefixLength(guess.AsSpan(0, lookup.Draft(speculation, guess)));
            runs[i] = Math.Max(runs[i], answer.AsSpan(i).CommonPrefixLength(guess.AsSpan(0, forced.Guess(guess))));
            lookup.Accept(answer[i]);
            constraint?.Accept(answer[i]);
        }
        return runs;
    }
}
