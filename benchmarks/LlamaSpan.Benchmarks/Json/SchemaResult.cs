namespace LlamaSpan.Benchmarks.Json;

/// <summary>What a pass found about one schema.</summary>
internal sealed class SchemaResult(string name)
{
    public string Name { get; } = name;
    public List<string> Reasons { get; } = [];

    /// <summary>Index of the token at which each instance was rejected, -1 where none was.</summary>
    public List<int> RejectedAt { get; } = [];

    public GrammarException? Refusal { get; set; }
    public double CompileMilliseconds { get; set; }
    public double SlowestMaskMicroseconds { get; set; }
    public string SlowestMaskAt { get; set; } = "";

    /// <summary>Judged by maskbench's own rule: tokens only.</summary>
    public Verdict Plain { get; private set; } = Verdict.Passed;

    /// <summary>Judged with the end of sequence: allowed where the instance ends, and not before.</summary>
    public Verdict WithEnd { get; private set; } = Verdict.Passed;

    public void Refuse(GrammarException refusal) => (Refusal, Plain, WithEnd) = (refusal, Verdict.Refused, Verdict.Refused);

    public void Fault(Verdict verdict, string reason, bool plain, bool withEnd)
    {
        Plain = plain ? Worse(Plain, verdict) : Plain;
        WithEnd = withEnd ? Worse(WithEnd, verdict) : WithEnd;
        Reasons.Add(reason);
    }

    private static Verdict Worse(Verdict a, Verdict b) => a > b ? a : b;
}
