using System.Text;

namespace LlamaSpan;

/// <summary>How a text is generated. Keep one and use it again: what is prepared from it is then kept too.</summary>
public record GenerationOptions
{
    /// <summary>Bytes that all stop strings may have together.</summary>
    public const int LongestStopStrings = 16 * 1024;

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Most tokens to generate, at least 1; by default until the context is full.</summary>
    public int MaxTokens
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(MaxTokens), value, "GenerationOptions.MaxTokens must be at least 1.");
    } = int.MaxValue;

    /// <summary>Texts that end the generation where they come up, across token borders too; none may be empty.</summary>
    public IReadOnlyList<string> StopStrings { get; init => field = CheckStops(value); } = [];

    /// <summary>True to go on after end-of-generation tokens, as benchmarks do. Default false.</summary>
    public bool IgnoreEndOfGeneration { get; init; }

    /// <summary>
    /// True to append what a constraint leaves no choice about without asking the model, computed in one batch with the token after it, and to end
    /// without asking where nothing else may follow. The text is one that the constraint allows, in fewer steps; which tokens spell it, and so
    /// what the model goes on with, may differ. Needs a constraint that is an <see cref="ITextConstraint"/>; else of no effect. Default false.
    /// </summary>
    public bool FastForward { get; init; }

    /// <summary>
    /// True to bring the text to an end that the constraint allows when <see cref="MaxTokens"/> or the context comes near: the shortest end that
    /// is known is then appended without asking the model. Needs a constraint that is an <see cref="ITextConstraint"/>; else of no effect, as
    /// where even the shortest text is longer than that. Default false.
    /// </summary>
    public bool CloseAtLimit { get; init; }

    /// <summary>True to spell special tokens in the text. Default false.</summary>
    public bool SpellSpecialTokens { get; init; }

    /// <summary>
    /// How many of the most probable tokens to report at each step beside the chosen one's log-probability, 0 to 1,024; null, the default,
    /// reports none of it, which is cheaper.
    /// </summary>
    public int? LogProbabilities
    {
        get;
        init => field = value is null or (>= 0 and <= 1024)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(LogProbabilities), value, "GenerationOptions.LogProbabilities must lie in 0..1024.");
    }

    private static IReadOnlyList<string> CheckStops(IReadOnlyList<string> stops)
    {
        ArgumentNullException.ThrowIfNull(stops, nameof(StopStrings));
        for (int i = 0; i < stops.Count; i++)
            if (string.IsNullOrEmpty(stops[i]))
                throw new ArgumentException($"GenerationOptions.StopStrings[{i}] is empty: every text would end before it begins.", nameof(StopStrings));
        int bytes = stops.Sum(Encoding.UTF8.GetByteCount);
        return bytes <= LongestStopStrings
            ? [.. stops]
            : throw new ArgumentException($"GenerationOptions.StopStrings have {bytes} bytes together; at most {LongestStopStrings} are allowed.", nameof(StopStrings));
    }
}
