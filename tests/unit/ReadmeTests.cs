using System.Text.RegularExpressions;
using Xunit;

namespace LlamaSpan.UnitTests;

/// <summary>README says what is so: its code is compiled and run by tests, its numbers were measured, its folders exist.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string s_readme = File.ReadAllText(ReadmeNumbers.Path).ReplaceLineEndings("\n");

    [Fact]
    public void Every_piece_of_code_is_part_of_a_test()
    {
        HashSet<string> tested = [.. Directory.GetFiles(Repository.PathOf("tests/integration"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => ReadmeCode.Parts(File.ReadAllText(file)))];
        Assert.NotEmpty(ReadmeCode.Blocks(s_readme));
        // a block that fails here: put it between the lines "// README" and "// end of README" of a test in tests/integration/Readme
        Assert.All(ReadmeCode.Blocks(s_readme), block => Assert.Contains(block, tested));
    }

    [Fact]
    public void Every_number_is_one_that_was_measured()
    {
        Assert.NotEmpty(ReadmeNumbers.Sources(s_readme));
        // after a run of ./build.sh bench ratios README is up to date again
        Assert.Equal(ReadmeNumbers.Refresh(s_readme), s_readme);
    }

    [Fact]
    public void The_table_of_folders_names_all_that_there_are()
    {
        string[] listed = [.. FolderRow().Matches(s_readme).Select(match => match.Groups[1].Value.TrimEnd('/'))];
        Assert.All(listed, folder => Assert.True(Directory.Exists(Repository.PathOf(folder)), folder));

        string[] built = ["artifacts", "bin", "obj", "TestResults"];
        IEnumerable<string> there = Directory.GetDirectories(Repository.Root).Select(path => Path.GetFileName(path)!).Where(name => !name.StartsWith('.')).Except(built);
        Assert.All(there, folder => Assert.Contains(listed, name => name == folder || name.StartsWith($"{folder}/", StringComparison.Ordinal)));
        Assert.All(Directory.GetDirectories(Repository.PathOf("src"), "LlamaSpan*"), path => Assert.Contains($"src/{Path.GetFileName(path)}", listed));
    }

    [Fact]
    public void Every_member_that_its_tables_name_is_there()
    {
        MatchCollection named = Member().Matches(s_readme);
        Assert.NotEmpty(named);
        Assert.All(named.Cast<Match>(), match => Assert.NotEmpty(
            typeof(LlamaModel).Assembly.GetType($"LlamaSpan.{match.Groups["type"].Value}", throwOnError: true)!.GetMember(match.Groups["member"].Value)));
    }

    [Fact]
    public void The_verbs_it_names_are_those_of_the_build_script()
    {
        string script = File.ReadAllText(Repository.PathOf("build.sh"));
        Assert.All(Verb().Matches(s_readme).Select(match => match.Groups[1].Value).Distinct(),
            verb => Assert.Matches($@"(?m)^        {Regex.Escape(verb)}\)", script));
    }

    [GeneratedRegex(@"^\| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex FolderRow();

    [GeneratedRegex(@"(?<=^\|.*)`(?<type>[A-Z]\w+)\.(?<member>[A-Z]\w+)`", RegexOptions.Multiline)]
    private static partial Regex Member();

    [GeneratedRegex(@"\./build\.(?:sh|ps1) ([a-z]+)")]
    private static partial Regex Verb();
}
