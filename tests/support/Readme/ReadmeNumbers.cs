using System.Text.RegularExpressions;

namespace LlamaSpan.TestSupport;

/// <summary>
/// README's tables of numbers: each stands between <c>&lt;!-- numbers from FILE --&gt;</c> and <c>&lt;!-- end of numbers --&gt;</c> and holds what the
/// file's table says, without the columns that tell how it was measured.
/// </summary>
public static partial class ReadmeNumbers
{
    private const int ColumnsShown = 6;

    /// <summary>README's file.</summary>
    public static string Path { get; } = Repository.PathOf("README.md");

    /// <summary>The files that a README takes numbers from.</summary>
    public static IEnumerable<string> Sources(string readme) => Block().Matches(readme).Select(match => match.Groups["file"].Value);

    /// <summary>A README with its tables as the files have them now.</summary>
    public static string Refresh(string readme) =>
        Block().Replace(readme, match => $"{match.Groups["start"].Value}\n{Table(File.ReadAllText(Repository.PathOf(match.Groups["file"].Value)))}{match.Groups["end"].Value}");

    private static string Table(string results) => string.Concat(
        from line in results.ReplaceLineEndings("\n").Split('\n')
        where line.StartsWith('|')
        select $"|{string.Join('|', line.Split('|').Skip(1).Take(ColumnsShown))}|\n");

    [GeneratedRegex(@"(?<start><!-- numbers from (?<file>\S+) -->)\n(?<table>(\|.*\n)*)(?<end><!-- end of numbers -->)")]
    private static partial Regex Block();
}
