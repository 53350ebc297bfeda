using System.IO.Compression;
using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests.Benchmarks;

/// <summary><c>bench json</c> as one starts it: a process over a file of schemas and instances.</summary>
public sealed class JsonBenchTests : IDisposable
{
    private static readonly string s_assembly = Path.Combine(
        AppContext.BaseDirectory.Replace(Repository.PathOf("tests/integration"), Repository.PathOf("benchmarks/LlamaSpan.Benchmarks"), StringComparison.Ordinal),
        "LlamaSpan.Benchmarks.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Judges_each_instance_and_says_why_a_schema_is_refused()
    {
        string data = Path.Combine(_folder, "data.jsonl.gz"), failures = Path.Combine(_folder, "failures.txt");
        using (GZipStream file = new(File.Create(data), CompressionLevel.Fastest))
            file.Write(Encoding.UTF8.GetBytes("""
                {"name":"closed","schema":{"type":"object","properties":{"a":{"type":"integer","minimum":3}},"additionalProperties":false},"tests":[{"valid":true,"data":{"a":4}},{"valid":false,"data":{"a":2}},{"valid":false,"data":{"b":4}}]}
                {"name":"mislabelled","schema":{"type":"boolean"},"tests":[{"valid":true,"data":"text"}]}
                {"name":"behind","schema":{"type":"string","pattern":"(?<=a)b"},"tests":[{"valid":true,"data":"ab"}]}
                """));
        ProgramResult result = Run("--data", data, "--failures", failures);
        Assert.Equal("", result.Errors);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("3 schemas, 5 instances", result.Lines[0]);
        Assert.Contains("ggml-vocab-llama-bpe.gguf", result.Lines[1]);
        foreach (string row in new[] { "| pass | 1 (33.33 %) | 1 (33.33 %)", "| refused | 1 (33.33 %)", "| a valid instance rejected | 1 (33.33 %)", "| an invalid instance accepted | 0 (0.00 %)" })
            Assert.Contains(row, result.Output);
        foreach (string timed in new[] { "mask, cold", "mask, warm", "check of one token, cold", "commit, warm", "compile, cold" })
            Assert.Contains($"| {timed} | ", result.Output);
        Assert.Contains("cannot enforce pattern: lookbehind", result.Output);
        string written = File.ReadAllText(failures);
        Assert.Contains("mislabelled", written);
        Assert.Contains("behind", written);
        Assert.DoesNotContain("closed", written);
    }

    [Fact]
    public void Takes_another_vocabulary()
    {
        string data = Path.Combine(_folder, "data.jsonl");
        File.WriteAllText(data, """{"name":"any","schema":true,"tests":[{"valid":true,"data":[1,"two",null]}]}""");
        ProgramResult result = Run("--data", data, "--vocab", Pocket.Path, "--verdicts");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("pocket.gguf", result.Lines[1]);
        Assert.Contains("| pass | 1 (100.00 %) | 1 (100.00 %)", result.Output);
    }

    [Theory]
    [InlineData("nowhere.jsonl.gz", "nowhere.jsonl.gz")]
    [InlineData("plain.gz", "")]
    [InlineData("plain.jsonl", "plain.jsonl, line 2")]
    public void Says_in_one_line_what_is_wrong_with_its_file(string name, string named)
    {
        foreach (string plain in new[] { "plain.gz", "plain.jsonl" })
            File.WriteAllText(Path.Combine(_folder, plain), "{\"name\":\"any\",\"schema\":true,\"tests\":[]}\n{\"name\":\"other\"}\n");
        ProgramResult result = Run("--data", Path.Combine(_folder, name));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(named, result.Errors);
        Assert.Single(result.Errors.TrimEnd().Split('\n'));
    }

    private static ProgramResult Run(params string[] arguments) => ProgramResult.Of("dotnet", [s_assembly, "json", .. arguments]);
}
