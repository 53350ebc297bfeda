using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class PerformanceTests
{
    private static readonly LlamaToken[] s_prompt = [.. Enumerable.Range(10, 40).Select(id => new LlamaToken(id))];

    [Fact]
    public void Tokens_and_times_are_counted_where_asked()
    {
        using LlamaContext context = Pocket.Context(Pocket.Options with { MeasurePerformance = true });
        Decode(context);
        ContextPerformance counted = context.Performance;
        Assert.Equal((s_prompt.Length, 1), (counted.PromptTokens, counted.GeneratedTokens));
        Assert.True(counted.Prompt > TimeSpan.Zero && counted.Generation > TimeSpan.Zero);
        context.ResetPerformance();
        Assert.True(context.Performance.Prompt < counted.Prompt);
    }

    [Fact]
    public void Nothing_is_counted_where_not()
    {
        using LlamaContext context = Pocket.Context();
        Decode(context);
        Assert.Equal(TimeSpan.Zero, context.Performance.Prompt);
    }

    private static void Decode(LlamaContext context)
    {
        context.Prefill(Sequence.Zero, s_prompt);
        _ = context.Logits();
        context.Prefill(Sequence.Zero, [new(7)]);
        _ = context.Logits();
    }
}
