namespace LlamaSpan.Benchmarks.Json;

/// <summary>The durations that the passes of one kind, cold or warm, pool over all schemas.</summary>
internal sealed class Timings
{
    public Durations Mask { get; } = new();
    public Durations Commit { get; } = new();
    public Durations Check { get; } = new();
    public Durations Compile { get; } = new();

    /// <summary>Managed bytes that repeating warm instances allocated, and the tokens in them.</summary>
    public long RepeatBytes { get; set; }

    /// <summary>Tokens of the repeated instances.</summary>
    public long RepeatTokens { get; set; }
}
