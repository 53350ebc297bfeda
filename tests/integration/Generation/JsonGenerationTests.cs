using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlamaSpan.TestSupport.Pocket;
using Xunit;

namespace LlamaSpan.IntegrationTests.Generation;

/// <summary>Values as JSON from the pocket model: complete, cut off, closed at their limit, and fast-forwarded.</summary>
public class JsonGenerationTests
{
    private static readonly GenerationOptions s_greedy = new() { Sampling = SamplingOptions.Greedy with { Seed = 0 }, MaxTokens = 200 };

    [Fact]
    public void Gives_a_value_of_the_type()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        JsonGenerationResult<Quoted> answer = generator.CompleteJson(Quote(), JsonTypes.Default.Quoted, s_greedy);
        Assert.True(answer.IsComplete);
        Assert.Equal(FinishReason.EndOfGeneration, answer.FinishReason);
        Assert.Equal(JsonSerializer.Deserialize(answer.Text, JsonTypes.Default.Quoted), answer.Value);
        Assert.Equal(0, answer.Usage.ForcedTokens);
        Assert.True(answer.Usage.GeneratedTokens > 4);
    }

    [Fact]
    public void Streams_the_text_that_the_value_is_read_from()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        JsonGeneration<Quoted> generation = generator.GenerateJson(Quote(), JsonTypes.Default.Quoted, s_greedy);
        StringBuilder text = new();
        foreach (GeneratedPiece piece in generation)
            text.Append(piece.ToString());
        JsonGenerationResult<Quoted> answer = generation.Complete();
        Assert.Equal(text.ToString(), answer.Text);
        Assert.True(answer.IsComplete);
    }

    [Fact]
    public void A_limit_gives_a_valid_beginning_and_no_value()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        JsonGenerationResult<Quoted> cut = generator.CompleteJson(Quote(), JsonTypes.Default.Quoted, s_greedy with { MaxTokens = 5 });
        Assert.Equal((false, FinishReason.Length, 5), (cut.IsComplete, cut.FinishReason, cut.Usage.GeneratedTokens));
        Assert.Null(cut.Value);
        Assert.StartsWith("{", cut.Text);
    }

    [Fact]
    public void Closes_within_any_limit_that_an_end_fits_in()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        int least = 0;
        foreach (SamplingOptions sampling in new[] { SamplingOptions.Greedy with { Seed = 0 }, new() { Seed = 4, Temperature = 2 } })
            for (int limit = 60; limit >= 1; limit -= limit > 30 ? 7 : 1)
            {
                JsonGenerationResult<Order> order = generator.CompleteJson(
                    Quote(), JsonTypes.Default.Order, new() { Sampling = sampling, MaxTokens = limit, CloseAtLimit = true });
                Assert.InRange(order.Usage.GeneratedTokens, 1, limit);
                if (!order.IsComplete)
                {
                    least = Math.Max(least, limit);
                    Assert.Null(order.Value);
                    continue;
                }
                Assert.True(limit > least, $"closed within {limit} but not within {least}");
                Assert.InRange(order.Value!.Lines.Count, 1, 3);
            }
        Assert.InRange(least, 1, 50);
    }

    [Fact]
    public void Fast_forward_appends_what_is_forced_in_the_tokenizers_spelling()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        JsonGrammar grammar = JsonGrammar.FromType(JsonTypes.Default.Order, new() { Whitespace = JsonWhitespace.Separators });
        foreach (ulong seed in new ulong[] { 1, 2, 3 })
        {
            GenerationOptions options = new() { Sampling = new() { Seed = seed, Temperature = 1 }, MaxTokens = 250, FastForward = true, CloseAtLimit = true };
            JsonConstraint constraint = grammar.CreateConstraint(Pocket.Model.Vocabulary.Tokens);
            GenerationResult result = generator.Complete(Quote(), options, constraint);
            Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(result.Text)), result.Text);
            Assert.True(result.Usage.ForcedTokens > 5, $"{result.Usage.ForcedTokens} of {result.Usage.GeneratedTokens} forced: {result.Text}");
            Assert.Equal(result.Text, Encoding.UTF8.GetString(Pocket.Model.Vocabulary.Detokenize([.. result.Tokens])));
        }
    }

    [Fact]
    public void Fast_forward_decodes_less_often_and_gives_the_same_choice()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        JsonGrammar grammar = JsonGrammar.FromSchema(
            """{"type":"object","properties":{"quote":{"const":"The Brillo kettle is red."},"answer":{"enum":["red","green"]}},"required":["quote","answer"],"additionalProperties":false}""",
            new() { Whitespace = JsonWhitespace.Separators });
        (string slow, int slowDecodes) = Run(fast: false);
        (string fast, int fastDecodes) = Run(fast: true);
        Assert.Equal("""{"quote": "The Brillo kettle is red.", "answer": "red"}""", slow);
        Assert.Equal(slow, fast);
        Assert.True(fastDecodes * 2 < slowDecodes, $"{fastDecodes} and {slowDecodes}");

        (string, int) Run(bool fast)
        {
            generator.Forget();
            JsonConstraint constraint = grammar.CreateConstraint(Pocket.Model.Vocabulary.Tokens);
            GenerationResult result = generator.Complete(Quote(), s_greedy with { FastForward = fast }, constraint);
            Assert.Equal(fast ? FinishReason.ConstraintComplete : FinishReason.EndOfGeneration, result.FinishReason);
            return (result.Text, result.Usage.GeneratedTokens - result.Usage.ForcedTokens);
        }
    }

    [Fact]
    public void A_token_allocates_nothing_under_a_constraint()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        JsonGrammar grammar = JsonGrammar.FromType(JsonTypes.Default.Quoted);
        JsonConstraint constraint = grammar.CreateConstraint(Pocket.Model.Vocabulary.Tokens);
        LlamaToken[] prompt = Quote();
        foreach (GenerationOptions options in new[] { s_greedy, s_greedy with { Sampling = new() { Seed = 1, Temperature = 1.5f } } })
        {
            long allocated = 0, tokens = 0;
            for (int i = 0; i < 3; i++)
            {
                constraint.Reset();
                long before = GC.GetAllocatedBytesForCurrentThread();
                foreach (GeneratedPiece piece in generator.Generate(prompt, options, constraint))
                    tokens++;
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
            Assert.True(tokens > 30);
            Assert.Equal(0, allocated);
        }
    }

    private static LlamaToken[] Quote()
    {
        PocketPrompt prompt = PocketFiles.Prompts().First(p => p.Task == "rag_json");
        return Pocket.Model.Vocabulary.Tokenize(
            string.Concat(prompt.Messages.Select(m => $"<|im_start|>{m.Role}\n{m.Content}<|im_end|>\n")) + "<|im_start|>assistant\n", parseSpecial: true);
    }
}

internal sealed record Quoted([property: JsonPropertyName("quote")] string? Quote, [property: JsonPropertyName("answer")] string? Answer);

internal sealed record Order(string Customer, DateOnly Day, [MinLength(1), MaxLength(3)] List<Line> Lines, bool Paid);

internal sealed record Line([StringLength(20, MinimumLength = 1)] string Article, [Range(1, 99)] int Count);

[JsonSerializable(typeof(Quoted)), JsonSerializable(typeof(Order))]
internal sealed partial class JsonTypes : JsonSerializerContext;
