namespace LlamaSpan.TestSupport;

/// <summary>How much is tested.</summary>
public static class TestRun
{
    /// <summary>True where the long suites were asked for, by LLAMASPAN_LONG; else tests take a share of what they draw by seed.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("LLAMASPAN_LONG") == "1";
}
