using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests.Generation;

public sealed class TextGeneratorTests
{
    private static readonly GenerationOptions s_greedy = new() { Sampling = SamplingOptions.Greedy with { Seed = 1 }, MaxTokens = 60 };

    [Fact]
    public void It_answers_from_the_documents()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        GenerationResult result = generator.Complete(Pocket.Prompt("Where is Velmora Optics based?"), s_greedy);
        Assert.Equal("Velmora Optics is based in Tarnwick.", result.Text);
        Assert.Equal(FinishReason.EndOfGeneration, result.FinishReason);
    }

    [Fact]
    public void A_second_question_computes_only_what_differs_and_gets_the_cold_answer()
    {
        string[] questions = ["Where is Velmora Optics based?", "What color is the Brillo kettle?", "When was Velmora Optics founded?"];
        using LlamaContext warm = Pocket.Context(Pocket.Options with { FlashAttention = FlashAttention.Off });
        TextGenerator generator = new(warm);
        for (int i = 0; i < questions.Length; i++)
        {
            LlamaToken[] prompt = Pocket.Prompt(questions[i]);
            GenerationResult result = generator.Complete(prompt, s_greedy);
            using LlamaContext cold = Pocket.Context(Pocket.Options with { FlashAttention = FlashAttention.Off });
            Assert.Equal(new TextGenerator(cold).Complete(prompt, s_greedy).Tokens, result.Tokens);
            Assert.Equal(prompt.Length, result.Usage.PromptTokens);
            Assert.Equal(result.Usage.PromptTokens, result.Usage.CachedTokens + result.Usage.ComputedTokens);
            if (i > 0)
                Assert.True(result.Usage.ComputedTokens < 30, $"computed {result.Usage.ComputedTokens} of {prompt.Length}");
        }
    }

    /// <summary>A recurrent state cannot be taken back: the failure costs the cache, but must not cost the next answer.</summary>
    [Theory]
    [InlineData("recurrent")]
    [InlineData("hybrid")]
    [InlineData("llama")]
    public void After_a_step_that_failed_half_way_the_same_prompt_gets_the_same_answer(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        using LlamaContext context = model.CreateContext(Pocket.Options with { FlashAttention = FlashAttention.Off });
        TextGenerator generator = new(context);
        LlamaToken[] prompt = [.. Enumerable.Range(300, 40).Select(id => new LlamaToken(id))];
        GenerationOptions options = s_greedy with { MaxTokens = 12, IgnoreEndOfGeneration = true };
        GenerationResult expected = generator.Complete(prompt, options);
        Assert.Throws<DecodeException>(() =>
        {
            foreach (GeneratedPiece piece in generator.Generate(prompt, options))
            {
                context.Interposer = call =>
                {
                    call();
                    return 2;
                };
            }
        });
        context.Interposer = null;
        Assert.Equal(expected.Tokens, generator.Complete(prompt, options).Tokens);
    }

    [Fact]
    public void The_same_prompt_again_computes_one_token()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        LlamaToken[] prompt = Pocket.Prompt("What color is the Brillo kettle?");
        string first = generator.Complete(prompt, s_greedy).Text;
        GenerationResult again = generator.Complete(prompt, s_greedy);
        Assert.Equal(first, again.Text);
        Assert.Equal(1, again.Usage.ComputedTokens);
        generator.Forget();
        Assert.Equal(prompt.Length, generator.Complete(prompt, s_greedy).Usage.ComputedTokens);
    }

    [Theory]
    [InlineData("Tarn", "Velmora Optics is based in ")]
    [InlineData("s is b", "Velmora Optic")]
    [InlineData("Velmora", "")]
    [InlineData("no such text", "Velmora Optics is based in Tarnwick.")]
    public void A_stop_string_ends_the_text_in_front_of_it_across_tokens(string stop, string expected)
    {
        using LlamaContext context = Pocket.Context();
        GenerationResult result = new TextGenerator(context).Complete(
            Pocket.Prompt("Where is Velmora Optics based?"), s_greedy with { StopStrings = [stop, "\u20ac\u20ac"] });
        Assert.Equal(expected, result.Text);
        Assert.Equal(stop == "no such text" ? FinishReason.EndOfGeneration : FinishReason.StopString, result.FinishReason);
    }

    [Fact]
    public void Pieces_join_to_the_text_and_end_at_the_limit()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        LlamaToken[] prompt = Pocket.Prompt("Where is Velmora Optics based?");
        GenerationOptions options = s_greedy with { MaxTokens = 4, StopStrings = ["is unlikely"] };
        StringBuilder text = new();
        int pieces = 0;
        foreach (GeneratedPiece piece in generator.Generate(prompt, options))
        {
            text.Append(Encoding.UTF8.GetString(piece.Text));
            pieces++;
        }
        Assert.Equal(4, pieces);
        Assert.Equal(FinishReason.Length, generator.FinishReason);
        Assert.Equal(generator.Complete(prompt, options).Text, text.ToString());
    }

    [Fact]
    public void A_generation_that_fills_the_context_ends_with_length()
    {
        using LlamaContext context = Pocket.Context(Pocket.Options with { ContextSize = 256 });
        GenerationResult result = new TextGenerator(context).Complete(
            Pocket.Prompt("Where is Velmora Optics based?"), new GenerationOptions { Sampling = SamplingOptions.Greedy, IgnoreEndOfGeneration = true });
        Assert.Equal(FinishReason.Length, result.FinishReason);
        Assert.Equal(256, result.Usage.PromptTokens + result.Usage.GeneratedTokens - 1);
    }

    [Fact]
    public void Log_probabilities_are_those_of_the_model()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        foreach (GeneratedPiece piece in generator.Generate(Pocket.Prompt("What color is the Brillo kettle?"), s_greedy with { LogProbabilities = 3 }))
        {
            Assert.InRange(piece.LogProbability, -20f, 0f);
            Assert.Equal(3, piece.TopTokens.Length);
            Assert.Equal(piece.Token, piece.TopTokens[0].Token);
            Assert.Equal(piece.LogProbability, piece.TopTokens[0].LogProbability, 1e-4f);
        }
    }

    [Theory]
    [InlineData(7ul)]
    [InlineData(null)]
    public void Once_warm_a_text_allocates_nothing(ulong? seed)
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        LlamaToken[] prompt = Pocket.Prompt("Where is Velmora Optics based?");
        GenerationOptions options = new()
        {
            Sampling = new SamplingOptions { Seed = seed, RepetitionPenalty = 1.1f, Temperature = 1 },
            IgnoreEndOfGeneration = true,
            MaxTokens = 100,
            StopStrings = ["never so", "\n\n\n"],
        };
        long allocated = -1;
        for (int round = 0; round < 4; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            int bytes = 0;
            foreach (GeneratedPiece piece in generator.Generate(prompt, options))
                bytes += piece.Text.Length;
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_seed_repeats_a_text_and_another_does_not()
    {
        using LlamaContext context = Pocket.Context(Pocket.Options with { FlashAttention = FlashAttention.Off });      // cold and cached bit-equal
        TextGenerator generator = new(context);
        LlamaToken[] prompt = Pocket.Prompt("Where is Velmora Optics based?");
        GenerationOptions Seeded(ulong seed) => new() { Sampling = new SamplingOptions { Seed = seed, Temperature = 2, TopK = 0, TopP = 1, MinP = 0 }, MaxTokens = 20, IgnoreEndOfGeneration = true };
        string first = generator.Complete(prompt, Seeded(1)).Text;
        Assert.Equal(first, generator.Complete(prompt, Seeded(1)).Text);
        Assert.NotEqual(first, generator.Complete(prompt, Seeded(2)).Text);
        GenerationOptions unseeded = Seeded(1) with { Sampling = Seeded(1).Sampling with { Seed = null } };
        Assert.NotEqual(generator.Complete(prompt, unseeded).Text, generator.Complete(prompt, unseeded).Text);
    }

    [Fact]
    public void What_cannot_be_generated_is_refused_in_words()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        Assert.Throws<ArgumentException>(() => generator.Generate([]));
        Assert.Throws<ArgumentException>(() => generator.Generate(new LlamaToken[512]));
        Assert.Throws<ArgumentOutOfRangeException>(() => generator.Generate([new(99999)]));
        Assert.Throws<ArgumentException>(() => new GenerationOptions { StopStrings = [""] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { MaxTokens = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { Temperature = float.NaN });
    }

    [Fact]
    public void A_generation_that_another_replaced_says_so()
    {
        using LlamaContext context = Pocket.Context();
        TextGenerator generator = new(context);
        LlamaToken[] prompt = Pocket.Prompt("Where is Velmora Optics based?");
        GenerationSteps stale = generator.Generate(prompt, s_greedy);
        generator.Generate(prompt, s_greedy);
        Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (GeneratedPiece piece in stale)
                _ = piece.Token;
        });
    }
}
