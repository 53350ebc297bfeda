using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>What happens to running streams while a long prompt arrives.</summary>
/// <param name="LongestGap">Seconds between two tokens of one of them, at most, from the prompt's arrival to its first token.</param>
/// <param name="FirstToken">Seconds from its arrival to its first token.</param>
internal readonly record struct Arrival(double LongestGap, double FirstToken)
{
    /// <summary>Streams that run.</summary>
    public const int Streams = 4;

    /// <summary>Tokens of the prompt that arrives.</summary>
    public const int Newcomer = 2000;

    /// <summary>Context that a request needs at most.</summary>
    public const int ContextSize = 2304;

    private const int Prompt = 128, Before = 16, Generate = 1024;

    /// <summary>Streams an answer: prompt, tokens to generate, what to call for each.</summary>
    public delegate Task StreamAnswer(LlamaToken[] prompt, int tokens, Action received, CancellationToken cancellationToken);

    /// <summary>Starts the streams, lets the prompt arrive when all of them run, and ends them.</summary>
    public static async Task<Arrival> MeasureAsync(LoadedModel text, StreamAnswer stream)
    {
        using CancellationTokenSource end = new();
        List<long>[] times = [.. Enumerable.Range(0, Streams).Select(_ => new List<long>())];
        using CountdownEvent running = new(Streams);
        Task[] streams = [.. times.Select((own, i) => Task.Run(() => stream(text.Text(Prompt, from: 31 * i), Generate, () =>
        {
            lock (own)
                own.Add(Stopwatch.GetTimestamp());
            if (own.Count == Before)
                running.Signal();
        }, end.Token)))];
        Task started = Task.Run(running.Wait);
        await Task.WhenAny([started, .. streams]);
        if (!running.IsSet)
            throw new InvalidOperationException($"A stream ended before all ran: {streams.FirstOrDefault(task => task.IsFaulted)?.Exception?.InnerException?.Message}");
        long arrived = Stopwatch.GetTimestamp(), first = 0;
        await stream(text.Text(Newcomer, from: 1000), 1, () => first = Stopwatch.GetTimestamp(), end.Token);
        if (first == 0 || streams.Any(task => task.IsCompleted))
            throw new InvalidOperationException("A stream ended before the prompt was computed, or the prompt had no token.");
        await WaitForNextAsync(times);
        await end.CancelAsync();
        await Task.WhenAll(streams.Select(Cancelled));
        return new Arrival(times.Max(own => LongestGapOf(own, arrived, first)), Stopwatch.GetElapsedTime(arrived, first).TotalSeconds);
    }

    private static async Task Cancelled(Task stream)
    {
        try
        {
            await stream;
        }
        catch (OperationCanceledException)
        {
            // as asked
        }
    }

    /// <summary>The gap that the arrival ends in is over with the next token of each.</summary>
    private static async Task WaitForNextAsync(List<long>[] times)
    {
        int[] counts = [.. times.Select(CountOf)];
        while (times.Select(CountOf).Zip(counts).Any(pair => pair.First == pair.Second))
            await Task.Delay(1);
    }

    private static int CountOf(List<long> times)
    {
        lock (times)
            return times.Count;
    }

    private static double LongestGapOf(List<long> times, long from, long to)
    {
        double longest = 0;
        for (int i = 1; i < times.Count; i++)
            if (times[i] > from && times[i - 1] < to)
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(times[i - 1], times[i]).TotalSeconds);
        return longest;
    }
}
