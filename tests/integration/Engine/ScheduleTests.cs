using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

public sealed class ScheduleTests
{
    public static TheoryData<string, FlashAttention> Cases()
    {
        TheoryData<string, FlashAttention> cases = [];
        foreach (string name in TestModels.Generators)
        {
            cases.Add(name, FlashAttention.Off);
            cases.Add(name, FlashAttention.On);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Random_schedules_give_what_a_fresh_context_gives(string name, FlashAttention attention)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        for (int seed = 0; seed < (TestRun.IsLong ? 80 : RandomSchedule.IsUnquantized(name) ? 2 : 1); seed++)
        {
            using RandomSchedule schedule = new(model, name, attention, seed, draft: model.IsRecurrent || seed == 1 ? null : model);
            await schedule.RunAsync(requests: 16);
            TestContext.Current.SendDiagnosticMessage("seed {0}: {1}", seed, schedule.Report);
        }
    }

    [Theory]
    [InlineData("llama-f32", FlashAttention.Off)]
    [InlineData("mistral", FlashAttention.On)]
    [InlineData("gemma2-f32", FlashAttention.Off)]
    public async Task They_do_so_with_a_buffer_for_each_sequence(string name, FlashAttention attention)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        for (int seed = 100; seed < (TestRun.IsLong ? 180 : 102); seed++)
        {
            using RandomSchedule schedule = new(model, name, attention, seed, draft: seed % 2 == 0 ? model : null, layout: CacheLayout.PerSequence);
            await schedule.RunAsync(requests: 16);
            TestContext.Current.SendDiagnosticMessage("seed {0}: {1}", seed, schedule.Report);
        }
    }

    [Theory]
    [InlineData("llama-f32")]
    [InlineData("mistral")]
    [InlineData("gemma2-f32")]
    [InlineData("hybrid-f32")]
    [InlineData("llama")]
    [InlineData("llama-yarn")]
    [InlineData("gemma2")]
    [InlineData("phi3")]
    [InlineData("hybrid")]
    [InlineData("recurrent")]
    public void The_bound_notices_one_wrong_token_in_front(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        ContextOptions context = new() { ContextSize = 256, Threads = 1, BatchThreads = 1, FlashAttention = FlashAttention.Off };
        LlamaToken[] prompt = RandomSchedule.Tokens(new Random(1), model, 40);
        using LlamaContext other = model.CreateContext(context);
        using TeacherForcing forcing = new(model, context, RandomSchedule.Bound(name, FlashAttention.Off));
        Dictionary<int, float[]> logits = [];
        foreach (bool wrong in new[] { false, true })
        {
            other.Cache.Clear();
            other.Prefill(Sequence.Zero, wrong ? [.. prompt[..30], new LlamaToken(prompt[30] + 1), .. prompt[31..]] : prompt);
            logits[prompt.Length - 1] = other.Logits().ToArray();
            if (wrong)
                Assert.ThrowsAny<Exception>(() => forcing.Check(prompt, [], logits, greedy: false));
            else
                forcing.Check(prompt, [], logits, greedy: false);
        }
    }
}
