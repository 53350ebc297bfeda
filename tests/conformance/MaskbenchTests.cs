using LlamaSpan.TestSupport.Maskbench;
using Xunit;

namespace LlamaSpan.ConformanceTests;

/// <summary>
/// Maskbench's sample of schemas from the wild with their instances: a seeded share, all of it where LLAMASPAN_LONG is 1. What is refused, or
/// rejected though valid, is listed in recorded/.
/// </summary>
public sealed class MaskbenchTests
{
    private static readonly JsonGrammarOptions s_anyOrder = new() { PropertyOrder = JsonPropertyOrder.Any };

    // a draft-04 $ref beside which ajv counts other keywords, and whose schema hyperjump cannot take
    private static readonly HashSet<string> s_misjudged = ["WashingtonPost---wp_65_Normalized"];

    [Fact]
    public void Valid_instances_are_accepted_and_invalid_ones_rejected()
    {
        List<string> accepted = [], refused = [], rejected = [];
        foreach (MaskbenchSchema schema in Schemas(TestRun.IsLong ? 1 : 0.15))
        {
            if (Compile(schema, s_anyOrder, refused) is not { } grammar)
                continue;
            for (int i = 0; i < schema.Instances.Count; i++)
                if (grammar.IsValid(schema.Instances[i].Text) != schema.Instances[i].Valid)
                    (schema.Instances[i].Valid ? rejected : accepted).Add($"{schema.Name}: instance {i}");
        }
        Assert.True(accepted.Count == 0, $"invalid but accepted:\n{string.Join('\n', accepted)}");
        RecordedList.Check("maskbench-refused.txt", refused, TestRun.IsLong);
        RecordedList.Check("maskbench-rejected.txt", rejected, TestRun.IsLong);
    }

    [Fact]
    public void Instances_drawn_from_the_masks_are_valid_by_independent_validators()
    {
        using Validators? validators = Validators.Start(out string missing);
        Assert.SkipWhen(validators is null, missing);
        List<string> wrong = [];
        int judged = 0;
        foreach (MaskbenchSchema schema in Schemas(TestRun.IsLong ? 1 : 0.05))
            if (!s_misjudged.Contains(schema.Name) && Compile(schema, DrawnInstances.Options, []) is { } grammar)
                judged += DrawnInstances.Judge(schema.Name, System.Text.Encoding.UTF8.GetString(schema.Schema), grammar, validators!, TestRun.IsLong ? 4 : 2, wrong);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(judged > 100, $"only {judged} instances were judged");
    }

    private static IEnumerable<MaskbenchSchema> Schemas(double share)
    {
        string? folder = Environment.GetEnvironmentVariable("LLAMASPAN_CONFORMANCE");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "LLAMASPAN_CONFORMANCE names no folder of suites.");
        return MaskbenchFile.Read(Path.Combine(folder!, "maskbench-dev.jsonl.gz"), share, seed: 3);
    }

    private static JsonGrammar? Compile(MaskbenchSchema schema, JsonGrammarOptions options, List<string> refused)
    {
        try
        {
            return JsonGrammar.FromSchema(schema.Schema, options);
        }
        catch (GrammarException refusal)
        {
            refused.Add($"{schema.Name}: {refusal.Keyword ?? "nothing satisfies it"}");
            return null;
        }
    }
}
