namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>How this program is started again.</summary>
internal static class Self
{
    /// <summary>What stands in front of its own arguments, where dotnet hosts it.</summary>
    public static string[] Arguments =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Self).Assembly.Location] : [];
}
