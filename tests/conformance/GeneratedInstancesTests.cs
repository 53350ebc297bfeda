using System.Text;
using LlamaSpan.TestSupport.Maskbench;
using Xunit;

namespace LlamaSpan.ConformanceTests;

/// <summary>
/// What models write under schemas of maskbench's sample, at temperatures up to 2, judged by independent validators: a seeded share, 1,000 texts of
/// each model where LLAMASPAN_LONG is 1.
/// </summary>
public sealed class GeneratedInstancesTests
{
    private const int MostTokens = 40;
    private const int LargestSchema = 4000; // bytes

    [Fact]
    public void All_that_the_pocket_model_writes_is_valid() => WritesValid(Repository.PathOf("models/pocket.gguf"), TestRun.IsLong ? 1000 : 60);

    [Fact]
    public void All_that_a_real_model_writes_is_valid()
    {
        string? path = Environment.GetEnvironmentVariable("LLAMASPAN_MODEL");
        Assert.SkipWhen(string.IsNullOrEmpty(path), "LLAMASPAN_MODEL names no model.");
        WritesValid(path!, TestRun.IsLong ? 1000 : 8);
    }

    private static void WritesValid(string path, int count)
    {
        using Validators? validators = Validators.Start(out string missing);
        Assert.SkipWhen(validators is null, missing);
        using LlamaModel model = LlamaModel.Load(path);
        using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 256, Threads = 2, BatchThreads = 2 });
        var generator = new TextGenerator(context);
        LlamaToken[] prompt = model.Vocabulary.Tokenize("Give an example of such a JSON document:\n");
        List<string> wrong = [];
        int written = 0, judged = 0;
        foreach ((string name, string schema, JsonGrammar grammar) in Grammars(model.Vocabulary.Tokens, count))
        {
            (string text, float temperature) = Write(generator, prompt, grammar, written++);
            judged += DrawnInstances.Judge($"{name} at temperature {temperature}", schema, [text], validators!, wrong);
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(count, written);
        Assert.True(judged > 0.9 * count, $"only {judged} of {count} texts were judged");
    }

    /// <summary>A text, brought to its end where it would become too long.</summary>
    private static (string Text, float Temperature) Write(TextGenerator generator, LlamaToken[] prompt, JsonGrammar grammar, int number)
    {
        float temperature = number % 5 * 0.5f;
        JsonConstraint constraint = grammar.CreateConstraint(generator.Context.Model.Vocabulary.Tokens);
        GenerationResult result = generator.Complete(prompt, new GenerationOptions
        {
            Sampling = temperature == 0 ? SamplingOptions.Greedy : new SamplingOptions { Temperature = temperature, TopK = 0, TopP = 1, MinP = 0, Seed = (ulong)number },
            MaxTokens = MostTokens,
            CloseAtLimit = true,
            FastForward = number % 2 == 1,
        }, constraint);
        Assert.True(constraint.IsComplete || constraint.IsEnded, $"not complete: {result.Text}");
        Assert.Equal(result.Text, Encoding.UTF8.GetString(constraint.Text));
        return (result.Text, temperature);
    }

    /// <summary>Grammars in a drawn order whose shortest texts are not too long, from the first again where there are not enough.</summary>
    private static IEnumerable<(string Name, string Schema, JsonGrammar Grammar)> Grammars(TokenTable tokens, int count)
    {
        string? folder = Environment.GetEnvironmentVariable("LLAMASPAN_CONFORMANCE");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "LLAMASPAN_CONFORMANCE names no folder of suites.");
        MaskbenchSchema[] schemas = [.. MaskbenchFile.Read(Path.Combine(folder!, "maskbench-dev.jsonl.gz"), TestRun.IsLong ? 1 : 0.1, seed: 8).Where(s => s.Schema.Length < LargestSchema)];
        new Random(6).Shuffle(schemas);
        for (int i = 0; count > 0; i++)
        {
            MaskbenchSchema schema = schemas[i % schemas.Length];
            if (Compile(schema) is not { } grammar)
                continue;
            JsonConstraint constraint = grammar.CreateConstraint(tokens);
            if (constraint.ClosingTokens(new System.Buffers.ArrayBufferWriter<LlamaToken>()) is < 0 or > MostTokens)
                continue;
            count--;
            yield return (schema.Name, Encoding.UTF8.GetString(schema.Schema), grammar);
        }
    }

    private static JsonGrammar? Compile(MaskbenchSchema schema)
    {
        try
        {
            return JsonGrammar.FromSchema(schema.Schema, DrawnInstances.Options);
        }
        catch (GrammarException)
        {
            return null;
        }
    }
}
