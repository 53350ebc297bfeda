using System.Text.RegularExpressions;

namespace LlamaSpan.TestSupport;

/// <summary>
/// README's C#, and where it comes from: tests hold each block between the lines <c>// README</c> and <c>// end of README</c>, so that it is
/// compiled and run.
/// </summary>
public static partial class ReadmeCode
{
    /// <summary>The C# blocks of a README.</summary>
    public static IReadOnlyList<string> Blocks(string readme) =>
        [.. Fence().Matches(readme.ReplaceLineEndings("\n")).Select(match => match.Groups["code"].Value)];

    /// <summary>The parts of a source file that README shows, without their indentation.</summary>
    public static IEnumerable<string> Parts(string source) =>
        from match in Marks().Matches(source.ReplaceLineEndings("\n"))
        let indent = match.Groups["indent"].Length
        select string.Join('\n', match.Groups["code"].Value.Split('\n').Select(line => line.Length >= indent ? line[indent..] : line.Trim()));

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^(?<indent> *)// README\n(?<code>.*?)^ *// end of README$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Marks();
}
