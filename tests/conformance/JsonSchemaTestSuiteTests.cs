using System.Text.Json;
using LlamaSpan.TestSupport.Maskbench;
using Xunit;

namespace LlamaSpan.ConformanceTests;

/// <summary>
/// The JSON-Schema-Test-Suite's required part: what a grammar lets through must be valid, what it refuses must be named, and what is refused or
/// rejected though it is valid is listed in recorded/.
/// </summary>
public sealed class JsonSchemaTestSuiteTests
{
    private static readonly JsonGrammarOptions s_anyOrder = new() { PropertyOrder = JsonPropertyOrder.Any };

    // schemas that both validators read otherwise than the suite says
    private static readonly HashSet<string> s_misjudged = ["ref: $ref prevents a sibling $id from changing the base uri"];

    [Theory]
    [InlineData("draft2020-12")]
    [InlineData("draft7")]
    public void No_instance_is_accepted_that_the_suite_calls_invalid(string draft)
    {
        List<string> wrong = [], refused = [], rejected = [];
        int decided = 0;
        foreach ((string name, JsonElement group) in Groups(draft))
        {
            JsonElement[] tests = [.. group.GetProperty("tests").EnumerateArray()];
            if (Compile(name, WithDialect(group.GetProperty("schema"), draft), s_anyOrder, tests.Any(IsValid), wrong, refused) is not { } grammar)
                continue;
            foreach (JsonElement test in tests)
            {
                decided++;
                bool accepted = grammar.IsValid(PythonJson.ToUtf8(test.GetProperty("data")));
                if (accepted != IsValid(test))
                    (accepted ? wrong : rejected).Add($"{name}: {test.GetProperty("description")}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(decided > 800, $"only {decided} instances were decided");
        RecordedList.Check($"{draft}-refused.txt", refused, complete: true);
        RecordedList.Check($"{draft}-rejected.txt", rejected, complete: true);
    }

    [Theory]
    [InlineData("draft2020-12")]
    [InlineData("draft7")]
    public void Instances_drawn_from_the_masks_are_valid_by_independent_validators(string draft)
    {
        using Validators? validators = Validators.Start(out string missing);
        Assert.SkipWhen(validators is null, missing);
        List<string> wrong = [];
        int judged = 0;
        foreach ((string name, JsonElement group) in Groups(draft))
        {
            string schema = WithDialect(group.GetProperty("schema"), draft);
            if (!s_misjudged.Contains(name) && Compile(name, schema, DrawnInstances.Options, false, [], []) is { } grammar)
                judged += DrawnInstances.Judge(name, schema, grammar, validators!, 3, wrong);
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(judged > 300, $"only {judged} instances were judged");
    }

    private static JsonGrammar? Compile(string name, string schema, JsonGrammarOptions options, bool isSatisfiable, List<string> wrong, List<string> refused)
    {
        try
        {
            return JsonGrammar.FromSchema(schema, options);
        }
        catch (GrammarException refusal)
        {
            if (refusal.Keyword is { Length: > 0 } keyword)
                refused.Add($"{name}: {keyword}");
            else if (isSatisfiable) // without a keyword only where nothing is valid
                wrong.Add($"{name}: refused without a keyword: {refusal.Message}");
            return null;
        }
    }

    private static bool IsValid(JsonElement test) => test.GetProperty("valid").GetBoolean();

    private static IEnumerable<(string Name, JsonElement Group)> Groups(string draft)
    {
        string? folder = Environment.GetEnvironmentVariable("LLAMASPAN_CONFORMANCE");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "LLAMASPAN_CONFORMANCE names no folder of suites.");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder!, "json-schema-test-suite", "tests", draft), "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument groups = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement group in groups.RootElement.EnumerateArray())
                yield return ($"{Path.GetFileNameWithoutExtension(file)}: {group.GetProperty("description")}", group);
        }
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
