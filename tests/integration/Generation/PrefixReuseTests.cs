using System.Globalization;
using Xunit;

namespace LlamaSpan.IntegrationTests.Generation;

/// <summary>Whatever came before on a context, decodes that failed included: the next answer is a fresh context's.</summary>
public sealed class PrefixReuseTests
{
    public static TheoryData<string, bool> Models
    {
        get
        {
            TheoryData<string, bool> data = [];
            foreach (string name in TestModels.Generators)
                foreach (bool fullWindow in (bool[])[true, false])
                    if (fullWindow || name == "gemma2")
                        data.Add(name, fullWindow);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_long_history_of_prompts_that_begin_alike_changes_no_answer(string name, bool fullWindow)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        ContextOptions options = new()
        {
            ContextSize = 512,
            BatchSize = 32,
            MicroBatchSize = 16,
            Threads = 1,
            BatchThreads = 1,
            FlashAttention = FlashAttention.Off,
            FullSlidingWindowCache = fullWindow,
        };
        Random random = new(1);
        using LlamaContext context = model.CreateContext(options);
        TextGenerator generator = new(context);
        List<LlamaToken> history = [];
        for (int turn = 0; turn < (TestRun.IsLong ? 400 : 12); turn++)
        {
            int kept = random.Next(history.Count + 1);
            history = [.. history[..kept], .. Enumerable.Range(0, random.Next(1, 60)).Select(_ => new LlamaToken(random.Next(300, model.Vocabulary.Size)))];
            if (history.Count > 440)
                history = history[..random.Next(1, 440)];
            LlamaToken[] prompt = [.. history];
            GenerationOptions generation = new() { Sampling = SamplingOptions.Greedy, MaxTokens = random.Next(1, 20), IgnoreEndOfGeneration = true };
            if (random.Next(3) == 0)
                Fail(context, generator, prompt, generation, random);

            GenerationResult answer = generator.Complete(prompt, generation);
            AssertIsGreedy(model, options, prompt, answer.Tokens, string.Create(CultureInfo.InvariantCulture, $"{name}, turn {turn}"));
            history.AddRange(answer.Tokens);
        }
    }

    private static void Fail(LlamaContext context, TextGenerator generator, LlamaToken[] prompt, GenerationOptions generation, Random random)
    {
        int successes = random.Next(8);
        bool computed = random.Next(2) == 0;
        context.Interposer = call =>
        {
            if (successes-- > 0)
                return call();
            if (computed)
                call();
            return 2;
        };
        try
        {
            generator.Complete(prompt, generation);
        }
        catch (DecodeException)
        {
        }
        context.Interposer = null;
    }

    /// <summary>Each token is the best of a fresh context's logits, or as good as the best within the bound on a batch's rounding.</summary>
    private static void AssertIsGreedy(LlamaModel model, ContextOptions options, LlamaToken[] prompt, IReadOnlyList<LlamaToken> answer, string where)
    {
        using LlamaContext fresh = model.CreateContext(options with { FullSlidingWindowCache = true });
        fresh.Prefill(Sequence.Zero, prompt);
        foreach (LlamaToken token in answer)
        {
            float[] logits = fresh.Logits().ToArray();
            float best = logits.Max(), range = best - logits.Min();
            Assert.True(best - logits[token.Id] <= 0.02f * range, $"{where}: token {token.Id} has {logits[token.Id]}, the best {best}, of a range of {range}.");
            fresh.Prefill(Sequence.Zero, [token]);
        }
    }
}
