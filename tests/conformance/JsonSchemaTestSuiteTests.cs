using System.Text;
using System.Text.Json;
using Xunit;

namespace LlamaSpan.ConformanceTests;

/// <summary>The JSON-Schema-Test-Suite's required part: what a grammar lets through must be valid, what it refuses must be named.</summary>
public sealed class JsonSchemaTestSuiteTests
{
    // schemas refused as if nothing satisfied them, though something does: this list may only shrink
    private static readonly HashSet<string> s_refusedWhole = ["contains keyword with boolean schema false"];

    [Theory]
    [InlineData("draft2020-12")]
    [InlineData("draft7")]
    public void No_instance_is_accepted_that_the_suite_calls_invalid(string draft)
    {
        string? folder = Environment.GetEnvironmentVariable("LLAMASPAN_CONFORMANCE");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "LLAMASPAN_CONFORMANCE names no folder of suites.");
        List<string> wrong = [];
        int decided = 0;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder!, "json-schema-test-suite", "tests", draft), "*.json"))
        {
            using JsonDocument groups = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement group in groups.RootElement.EnumerateArray())
                decided += Check(Path.GetFileName(file), group, draft, wrong);
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(decided > 100, $"only {decided} instances were decided");
    }

    private static int Check(string file, JsonElement group, string draft, List<string> wrong)
    {
        JsonGrammar grammar;
        try
        {
            grammar = JsonGrammar.FromSchema(WithDialect(group.GetProperty("schema"), draft), new JsonGrammarOptions { PropertyOrder = JsonPropertyOrder.Any });
        }
        catch (GrammarException refusal)
        {
            // without a keyword only where nothing is valid
            if (string.IsNullOrEmpty(refusal.Keyword) && !s_refusedWhole.Contains(group.GetProperty("description").GetString()!) && group.GetProperty("tests").EnumerateArray().Any(test => test.GetProperty("valid").GetBoolean()))
                wrong.Add($"{file}: {group.GetProperty("description")}: refused without a keyword: {refusal.Message}");
            return 0;
        }
        int decided = 0;
        foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
        {
            decided++;
            if (!test.GetProperty("valid").GetBoolean() && grammar.IsValid(Encoding.UTF8.GetBytes(test.GetProperty("data").GetRawText())))
                wrong.Add($"{file}: {group.GetProperty("description")}: {test.GetProperty("description")}");
        }
        return decided;
    }

    /// <summary>The schema as text, with its suite's dialect where it declares none.</summary>
    private static string WithDialect(JsonElement schema, string draft)
    {
        if (schema.ValueKind != JsonValueKind.Object || schema.TryGetProperty("$schema", out _))
            return schema.GetRawText();
        string dialect = draft == "draft7" ? "http://json-schema.org/draft-07/schema#" : "https://json-schema.org/draft/2020-12/schema";
        string members = schema.GetRawText().Trim()[1..];
        return $$"""{"$schema": "{{dialect}}"{{(members.Trim() == "}" ? "" : ",")}}{{members}}""";
    }
}
