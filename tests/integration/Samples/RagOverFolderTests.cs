using Xunit;

namespace LlamaSpan.IntegrationTests.Samples;

/// <summary>The sample as one starts it: a process with its options.</summary>
public sealed class RagOverFolderTests : IDisposable
{
    private static readonly string s_assembly = Path.Combine(
        AppContext.BaseDirectory.Replace(Repository.PathOf("tests/integration"), Repository.PathOf("samples/RagOverFolder"), StringComparison.Ordinal),
        "RagOverFolder.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Answers_a_question_over_the_documents_it_is_given()
    {
        ProgramResult result = Run("--model", Pocket.Path, "--documents", Repository.PathOf("samples/documents"), "--question", "Who founded Hollint Motors?");
        Assert.Equal("", result.Errors);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Q: Who founded Hollint Motors?", result.Lines);
        string answer = result.Lines.First(line => line.StartsWith("A: ", StringComparison.Ordinal));
        Assert.Contains("David Dorrick", answer);
        QuotedAnswer quoted = QuotedAnswer.TryParse(result.Lines.Last(line => line.StartsWith("A: ", StringComparison.Ordinal))[3..])!;
        Assert.Equal("David Dorrick founded Hollint Motors.", quoted.Quote);
        Assert.Contains(result.Lines, line => line.TrimStart().StartsWith("the quote stands in [DOC", StringComparison.Ordinal) && line.EndsWith("hollint-motors.txt", StringComparison.Ordinal));
        Assert.DoesNotContain("best of", result.Output);
    }

    [Fact]
    public void Shows_the_model_the_best_passages_where_not_all_fit_and_says_which()
    {
        const int Count = 300;
        for (int i = 0; i < Count; i++)
            File.WriteAllText(Path.Combine(_folder, $"lamp{i:000}.txt"), $"The Model{i} lamp costs {100 + i} dollars. The Model{i} lamp is sold in Town{i}. It has a warm light.");
        File.WriteAllText(Path.Combine(_folder, "optics.txt"), "Velmora Optics is based in Tarnwick. Velmora Optics was founded in 1987.");
        ProgramResult result = Run("--model", Pocket.Path, "--documents", _folder, "--question", "Where is Velmora Optics based?");
        Assert.Equal("", result.Errors);
        Assert.Equal(0, result.ExitCode);
        string chosen = result.Lines.First(line => line.Contains("best of", StringComparison.Ordinal));
        Assert.Matches($@"^   from the \d+ best of {Count + 1} passages: ", chosen);
        string[] named = chosen[(chosen.IndexOf(": ", StringComparison.Ordinal) + 2)..].Split("; ");
        Assert.Contains("optics.txt", named);
        Assert.Equal(named.Length, int.Parse(chosen.Trim().Split(' ')[2]));
        Assert.InRange(named.Length, 1, Count);
    }

    [Theory]
    [InlineData("--model", "/nowhere/model.gguf", "/nowhere/model.gguf")]
    [InlineData("--documents", "/nowhere/documents", "/nowhere/documents")]
    [InlineData("--threads", "-3", "Threads")]
    [InlineData("--quesiton", "What?", "--quesiton")]
    public void Says_in_one_line_what_is_wrong(string option, string value, string named)
    {
        ProgramResult result = Run(option, value);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(named, result.Errors.Split('\n')[0]);
        Assert.DoesNotContain("   at ", result.Errors);
    }

    private static ProgramResult Run(params string[] arguments) =>
        ProgramResult.Of("dotnet", [s_assembly, .. arguments.Contains("--threads") ? [] : (string[])["--threads", "1"], .. arguments]);
}
