namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>
/// A row of the table of ratios. Every class that implements it and has a constructor without parameters is one: a new row is a new file in
/// Rows.
/// </summary>
internal interface IRatio
{
    /// <summary>The row's name, such as <c>decode.single</c>.</summary>
    string Name { get; }

    /// <summary>What it can measure here: once for each model, say.</summary>
    IEnumerable<RatioVariant> Variants(RatioOptions options);
}

/// <summary>One ratio to measure.</summary>
/// <param name="Name">The row's name, or that and a variant's: letters, digits, underscores and dots.</param>
/// <param name="What">In a few words, what is divided by what.</param>
/// <param name="Goal">What it should be.</param>
/// <param name="Open">Prepares the measurement; may throw <see cref="RatioSkippedException"/>.</param>
internal sealed record RatioVariant(string Name, string What, Goal Goal, Func<IMeasurement> Open)
{
    /// <summary>True for what is counted, not timed, and gives the same each time: one round is enough.</summary>
    public bool IsCounted { get; init; }
}

/// <summary>Something that can be measured again and again.</summary>
internal interface IMeasurement : IDisposable
{
    /// <summary>Measures once.</summary>
    /// <param name="round">Counts from 0; of two sides, odd rounds run the second one first.</param>
    double Round(int round);
}
