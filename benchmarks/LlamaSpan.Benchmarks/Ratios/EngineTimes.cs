using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>Times to the first token of an engine.</summary>
internal static class EngineTimes
{
    /// <summary>Seconds from handing a prompt in to having its first token.</summary>
    /// <param name="engine">The engine, idle.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">The request; of it one token is generated.</param>
    /// <param name="usage">What it cost.</param>
    public static double FirstToken(LlamaEngine engine, ReadOnlySpan<LlamaToken> prompt, RequestOptions options, out RequestUsage usage)
    {
        options = options with { Sampling = SamplingOptions.Greedy, MaxTokens = 1, IgnoreEndOfGeneration = true };
        long start = Stopwatch.GetTimestamp();
        Completion completion = engine.CompleteAsync(prompt, options).GetAwaiter().GetResult();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        usage = completion.Usage;
        return seconds;
    }
}
