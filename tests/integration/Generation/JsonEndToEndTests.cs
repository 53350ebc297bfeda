using System.Text;
using System.Text.Json;
using Xunit;

namespace LlamaSpan.IntegrationTests.Generation;

/// <summary>Whatever a model says at whatever temperature: what is complete is valid, and within the limit all is complete.</summary>
public class JsonEndToEndTests(ITestOutputHelper output)
{
    private static readonly float[] s_temperatures = [0, 0.7f, 1, 1.5f, 2];

    private static readonly string[] s_schemas =
    [
        "true",
        """{"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":30},"age":{"type":"integer","minimum":0,"maximum":120},"tags":{"type":"array","items":{"enum":["red","green","blue"]},"maxItems":3}},"required":["name","age"],"additionalProperties":false}""",
        """{"type":"array","items":{"type":"object","properties":{"id":{"type":"string","pattern":"^[A-Z]{2}-\\d{1,4}$"},"day":{"type":"string","format":"date"}},"required":["id","day"]},"minItems":1,"maxItems":4}""",
        """{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"number"},"kids":{"type":"array","items":{"$ref":"#/$defs/n"}}},"required":["v"],"additionalProperties":false}}}""",
        """{"oneOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{"type":"integer"}},"required":["kind","x"]},{"type":"object","properties":{"kind":{"const":"b"},"y":{"type":"boolean"}},"required":["kind","y"]},{"type":"null"}]}""",
        """{"type":"object","patternProperties":{"^k[0-9]{1,2}$":{"type":"string","maxLength":8}},"additionalProperties":false,"minProperties":2,"maxProperties":5}""",
        """{"type":"object","properties":{"quote":{"type":["string","null"],"minLength":3,"x-grounded":{"in":"passages"}},"answer":{"type":"string","maxLength":20}},"required":["quote","answer"],"additionalProperties":false}""",
    ];

    private static readonly Grounding s_grounding = new(
        "passages", "Velmora Optics is based in Tarnwick. It was founded in 1987.", "The Brillo kettle costs 45 dollars — \"cheap\", they say.\nIt is red. 日本");

    [Fact]
    public void The_pocket_model() => Run("pocket", Pocket.Path, TestRun.IsLong ? 1000 : 70);

    [Fact]
    public void Random_weights_over_SentencePiece() => Run("mistral", TestModels.Mistral, TestRun.IsLong ? 350 : 35);

    [Fact]
    public void A_real_model()
    {
        string? path = Environment.GetEnvironmentVariable("LLAMASPAN_MODEL");
        Assert.SkipWhen(string.IsNullOrEmpty(path), "LLAMASPAN_MODEL names no model.");
        Run("real", path!, TestRun.IsLong ? 140 : 7);
    }

    private void Run(string name, string path, int runs)
    {
        using LlamaModel model = LlamaModel.Load(path);
        using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 512, Threads = 1, BatchThreads = 1 });
        TextGenerator generator = new(context);
        JsonGrammar[] grammars = [.. s_schemas.Select(schema => JsonGrammar.FromSchema(schema))];
        LlamaToken[] prompt = model.Vocabulary.Tokenize("Velmora Optics is based in Tarnwick. The Brillo kettle costs 45 dollars. As JSON: ");
        int closed = 0, forced = 0, tokens = 0;
        for (int i = 0; i < runs; i++)
        {
            JsonGrammar grammar = grammars[i % grammars.Length];
            float temperature = s_temperatures[i / grammars.Length % s_temperatures.Length];
            GenerationOptions options = new()
            {
                Sampling = temperature == 0 ? SamplingOptions.Greedy with { Seed = 1 } : new() { Seed = (ulong)i, Temperature = temperature, TopK = 0, TopP = 1, MinP = 0 },
                MaxTokens = 160,
                CloseAtLimit = true,
                FastForward = i % 2 == 1,
            };
            JsonConstraint constraint = grammar.CreateConstraint(model.Vocabulary.Tokens, s_grounding);
            GenerationResult result = generator.Complete(prompt, options, constraint);
            byte[] json = Encoding.UTF8.GetBytes(result.Text);
            Assert.True(constraint.IsComplete, $"{s_schemas[i % grammars.Length]}: {result.Text}");
            Assert.True(grammar.IsValid(json, s_grounding), result.Text);
            Assert.Equal(json, constraint.Text.ToArray());
            using JsonDocument parsed = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 70 });
            closed += result.FinishReason == FinishReason.Length ? 1 : 0;
            (forced, tokens) = (forced + result.Usage.ForcedTokens, tokens + result.Usage.GeneratedTokens);
        }
        output.WriteLine($"{name}: {runs} generations valid, {closed} of them closed at the limit; {tokens} tokens, {forced} without the model");
    }
}
