using System.Numerics;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>
/// Masks over the vocabularies that llama.cpp ships, in states reached by drawing tokens: each bit against reading the token byte by byte.
/// A seeded share of the states; thousands of them where LLAMASPAN_LONG is 1.
/// </summary>
public sealed class MaskTests
{
    private static readonly JsonGrammarOptions s_anyOrder = new() { PropertyOrder = JsonPropertyOrder.Any };

    public static TheoryData<string> Vocabularies => ["llama-bpe", "llama-spm", "gpt-2", "phi-3", "qwen2", "gemma-4", "command-r", "deepseek-llm", "falcon"];

    /// <summary>Grammars that between them use every way in which a mask is put together.</summary>
    private const string ClosedItems =
        """{"type":"array","uniqueItems":true,"minItems":6,"items":{"type":"object","properties":{"name":{"type":"string","maxLength":3},"on":{"type":"boolean"},"kind":{"enum":["a","the"]}},"required":["on"],"additionalProperties":false}}""";

    private static IEnumerable<JsonGrammar> Grammars()
    {
        yield return JsonGrammar.AnyJson();
        yield return JsonGrammar.AnyJson(new() { Whitespace = JsonWhitespace.None });
        yield return JsonGrammar.AnyJson(new() { Whitespace = JsonWhitespace.Separators, MaxDepth = 3, MaxDigits = 4 });
        yield return JsonGrammar.OneOf("yes", "yesterday", "no", "é", "日本語");
        yield return JsonGrammar.Regex("[a-zé]+( [0-9]{2,40}|\"x\")");
        string[] schemas =
        [
            """{"type":"object","properties":{"name":{"type":"string"},"names":{"type":"array","items":{"type":"string","maxLength":5}},"n":{"type":"number"}}}""",
            """{"type":"object","properties":{"id":{"type":"integer","minimum":7,"maximum":1200},"the":{"enum":["a","ab","the",1,null]}},"required":["id"],"additionalProperties":false}""",
            """{"type":"array","items":{"type":"string","pattern":"^[A-Za-z ]{1,40}$"},"maxItems":4}""",
            """{"type":"array","items":{"type":"string","pattern":"[0-9]","minLength":3,"maxLength":60}}""",
            """{"type":"array","items":{"anyOf":[{"type":"string","format":"date-time"},{"type":"string","pattern":"^[^/]+$"},{"type":"number","multipleOf":0.25}]}}""",
            """{"type":"object","patternProperties":{"^x":{"type":"integer"},"e$":{"type":["integer","string"]}},"additionalProperties":{"type":"boolean"}}""",
            """{"type":"object","patternProperties":{"^[a-c]$":true,"^d":{"const":"é\"\\"}},"additionalProperties":false,"minProperties":2}""",
            """{"type":"object","propertyNames":{"maxLength":4},"additionalProperties":{"type":"object","additionalProperties":{"type":"null"}}}""",
            """{"type":"object","oneOf":[{"properties":{"kind":{"const":"a"},"v":{"type":"integer"}},"required":["kind"]},{"properties":{"kind":{"const":"b"},"v":{"type":"string","minLength":2}},"required":["kind"]}]}""",
            """{"type":"array","contains":{"const":"x"},"minContains":2,"items":{"type":"string","maxLength":9}}""",
            """{"type":"string","minLength":30,"maxLength":50}""",
            """{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"},"\u00e9\"":{"type":"number","exclusiveMinimum":-0.5}}}}}""",
            ClosedItems,
            """{"type":"array","uniqueItems":true,"minItems":9,"items":{"type":"object","properties":{"a":{"type":"integer","minimum":0,"maximum":12},"b":{"type":"array","items":{"enum":["x","the"]},"uniqueItems":true}},"required":["b"],"additionalProperties":false}}""",
        ];
        foreach (string schema in schemas)
            yield return JsonGrammar.FromSchema(schema, s_anyOrder);
    }

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Every_bit_is_what_reading_the_token_byte_by_byte_says(string vocabulary)
    {
        using LlamaModel model = Load(vocabulary);
        TokenTable table = model.Vocabulary.Tokens;
        var random = new Random(vocabulary.Length * 1000 + vocabulary[0]);
        JsonGrammar[] grammars = [.. Grammars()];
        for (int i = 0; i < (TestRun.IsLong ? 6 * grammars.Length : grammars.Length); i++)
        {
            JsonGrammar grammar = grammars[i % grammars.Length];
            JsonConstraint constraint = grammar.CreateConstraint(table);
            for (int step = 0; step < (TestRun.IsLong ? 40 : 10) && !constraint.IsEnded; step++)
            {
                ulong[] mask = constraint.AllowedMask().ToArray();
                if (step > 0 && random.Next(TestRun.IsLong ? 3 : 12) == 0)
                    Compare(constraint, table, mask);
                Assert.True(Choose(mask, table, random) is { } token, $"a dead end: {System.Text.Encoding.UTF8.GetString(constraint.Text)}");
                constraint.Accept(Choose(mask, table, random)!.Value);
            }
            Compare(constraint, table, constraint.AllowedMask().ToArray());
        }
    }

    [Fact]
    public void Masks_after_a_rollback_are_those_of_a_fresh_reading()
    {
        using LlamaModel model = Load("llama-bpe");
        TokenTable table = model.Vocabulary.Tokens;
        var random = new Random(5);
        foreach (JsonGrammar grammar in Grammars())
        {
            JsonConstraint constraint = grammar.CreateConstraint(table);
            List<ulong[]> masks = [constraint.AllowedMask().ToArray()];
            List<LlamaToken> tokens = [];
            while (tokens.Count < 60 && Choose(masks[^1], table, random) is { } token)
            {
                tokens.Add(token);
                constraint.Accept(token);
                masks.Add(constraint.AllowedMask().ToArray());
                if (random.Next(8) != 0)
                    continue;
                int back = random.Next(tokens.Count + 1);
                constraint.Rollback(back);
                tokens.RemoveRange(tokens.Count - back, back);
                masks.RemoveRange(masks.Count - back, back);
                Assert.Equal(masks[^1], constraint.AllowedMask());
                JsonConstraint fresh = JsonConstraintOf(grammar, table, tokens);
                Assert.Equal(masks[^1], fresh.AllowedMask());
                JsonConstraint copy = constraint.Clone();
                Assert.Equal(masks[^1], copy.AllowedMask());
            }
        }
    }

    [Fact]
    public void Sixteen_threads_on_one_grammar_get_the_masks_of_one()
    {
        using LlamaModel model = Load("llama-bpe");
        TokenTable table = model.Vocabulary.Tokens;
        Func<JsonGrammar>[] makers = [() => JsonGrammar.AnyJson(), .. Enumerable.Range(8, 3).Select(i => (Func<JsonGrammar>)(() => Grammars().ElementAt(i)))];
        foreach (Func<JsonGrammar> make in makers)
        {
            ulong[][] expected = Masks(make(), table, 11);
            JsonGrammar shared = make();
            Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ => Assert.Equal(expected, Masks(shared, table, 11)));
        }
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"name":{"type":"string"},"names":{"type":"array","items":{"type":"string","maxLength":5}},"n":{"type":"number"}}}""", """{"name": "Zoë", "names": ["a", "bc"], "n": 12.5, "other": {"deep": [null, true]}}""")]
    [InlineData(ClosedItems, """[{"name": "Zoë", "on": true}, {"on": true, "kind": "a"}, {"on": true}, {"on": false, "name": "Zoë"}, {"name": "Zoë", "kind": "the", "on": true}, {"on": false}]""")]
    public void Nothing_is_allocated_for_a_token_once_a_text_was_read(string schema, string text)
    {
        using LlamaModel model = Load("llama-bpe");
        JsonConstraint constraint = JsonGrammar.FromSchema(schema, s_anyOrder).CreateConstraint(model.Vocabulary.Tokens);
        LlamaToken[] tokens = model.Vocabulary.Tokenize(text, addSpecial: false);
        long before = 0;
        for (int round = 0; round < 4; round++)
        {
            constraint.Reset();
            before = GC.GetAllocatedBytesForCurrentThread();
            foreach (LlamaToken token in tokens)
            {
                _ = constraint.AllowedMask();
                _ = constraint.IsAllowed(token);
                constraint.Accept(token);
            }
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(constraint.IsComplete);
    }

    [Fact]
    public void A_wordpiece_vocabulary_is_refused()
    {
        using LlamaModel model = Load("bert-bge");
        ArgumentException refused = Assert.Throws<ArgumentException>(() => JsonGrammar.AnyJson().CreateConstraint(model.Vocabulary.Tokens));
        Assert.Contains("WordPiece", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_other_vocabulary_can_be_constrained()
    {
        foreach (string file in Directory.GetFiles(Repository.PathOf("native/llama.cpp/models"), "ggml-vocab-*.gguf"))
        {
            using LlamaModel model = LlamaModel.Load(file, new ModelOptions { VocabularyOnly = true });
            if (model.Vocabulary.Kind != VocabularyKind.WordPiece)
                Assert.True(JsonGrammar.AnyJson().CreateConstraint(model.Vocabulary.Tokens).AllowedMask().ContainsAnyExcept(0UL), file);
        }
    }

    private static ulong[][] Masks(JsonGrammar grammar, TokenTable table, int seed)
    {
        var random = new Random(seed);
        JsonConstraint constraint = grammar.CreateConstraint(table);
        List<ulong[]> masks = [constraint.AllowedMask().ToArray()];
        while (masks.Count < 50 && Choose(masks[^1], table, random) is { } token)
        {
            constraint.Accept(token);
            masks.Add(constraint.AllowedMask().ToArray());
        }
        return [.. masks];
    }

    private static JsonConstraint JsonConstraintOf(JsonGrammar grammar, TokenTable table, List<LlamaToken> tokens)
    {
        JsonConstraint constraint = grammar.CreateConstraint(table);
        foreach (LlamaToken token in tokens)
            constraint.Accept(token);
        return constraint;
    }

    private static void Compare(JsonConstraint constraint, TokenTable table, ulong[] mask)
    {
        for (int id = 0; id < table.Count; id++)
        {
            var token = new LlamaToken(id);
            bool bit = (mask[id / 64] >> (id % 64) & 1) != 0;
            if (bit != constraint.IsAllowed(token))
                Assert.Fail($"after '{System.Text.Encoding.UTF8.GetString(constraint.Text)}' the mask says {bit} of token {id} '{System.Text.Encoding.UTF8.GetString(table[token])}'");
            if (bit && !table.IsEndOfGeneration(token))
                Assert.True(table.KindOf(token) is TokenKind.Text or TokenKind.Byte or TokenKind.UserDefined, $"token {id} of kind {table.KindOf(token)} is allowed");
            else if (bit)
                Assert.True(constraint.IsComplete);
        }
    }

    /// <summary>An allowed token that does not end the text, at times one that holds punctuation; null if there is none.</summary>
    private static LlamaToken? Choose(ulong[] mask, TokenTable table, Random random)
    {
        List<int> allowed = [];
        for (int w = 0; w < mask.Length; w++)
            for (ulong word = mask[w]; word != 0; word &= word - 1)
                allowed.Add((w * 64) + BitOperations.TrailingZeroCount(word));
        if (random.Next(2) == 0 && allowed.FindAll(id => table[new LlamaToken(id)].IndexOfAny("\"{}[],:\\"u8) >= 0) is { Count: > 0 } punctuated)
            allowed = punctuated;
        return allowed.Count == 0 ? null : new LlamaToken(allowed[random.Next(allowed.Count)]);
    }

    private static LlamaModel Load(string vocabulary) =>
        LlamaModel.Load(Repository.PathOf($"native/llama.cpp/models/ggml-vocab-{vocabulary}.gguf"), new ModelOptions { VocabularyOnly = true });
}
