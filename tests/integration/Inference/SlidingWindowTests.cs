using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

/// <summary>A cache that keeps no more than the window: what it forgot, it must not be asked for.</summary>
public sealed class SlidingWindowTests : IDisposable
{
    private const int Window = 64;
    private static readonly LlamaToken[] s_text = [.. Enumerable.Range(0, 400).Select(i => new LlamaToken(300 + (i * 37 % 200)))];

    private readonly LlamaModel _model = LlamaModel.Load(TestModels.Gemma2);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_rollback_into_the_window_continues_as_if_nothing_had_been_behind_it()
    {
        using LlamaContext context = Small();
        context.Prefill(Sequence.Zero, s_text.AsSpan(0, 200));
        context.Cache.Remove(Sequence.Zero, 197);
        context.Prefill(Sequence.Zero, s_text.AsSpan(300, 10));
        AssertClose(Fresh([.. s_text[..197], .. s_text[300..310]]), context.Logits());
    }

    [Fact]
    public void A_rollback_to_before_the_window_is_refused_and_changes_nothing()
    {
        using LlamaContext context = Small();
        context.Prefill(Sequence.Zero, s_text.AsSpan(0, 300));
        CacheException refusal = Assert.Throws<CacheException>(() => context.Cache.Remove(Sequence.Zero, 100));
        Assert.Contains("FullSlidingWindowCache", refusal.Message);
        context.Prefill(Sequence.Zero, s_text.AsSpan(300, 10));
        AssertClose(Fresh(s_text[..310]), context.Logits());
    }

    [Fact]
    public void A_prompt_that_fails_when_the_window_has_moved_on_leaves_the_sequence_empty()
    {
        using LlamaContext context = Small();
        context.Prefill(Sequence.Zero, s_text.AsSpan(0, 100));
        FailAfter(context, 8);      // the small cache has 256 cells: the first hundred are overwritten
        DecodeException failure = Assert.Throws<DecodeException>(() => context.Prefill(Sequence.Zero, s_text.AsSpan(100, 300)));
        Assert.Contains("emptied", failure.Message);
        Assert.Equal(-1, context.Cache.LastPosition(Sequence.Zero));
    }

    [Fact]
    public void A_prompt_that_fails_at_once_leaves_the_sequence_as_it_was()
    {
        using LlamaContext context = Small();
        context.Prefill(Sequence.Zero, s_text.AsSpan(0, 100));
        FailAfter(context, 0);
        Assert.Throws<DecodeException>(() => context.Prefill(Sequence.Zero, s_text.AsSpan(100, 300)));
        context.Interposer = null;
        Assert.Equal(99, context.Cache.LastPosition(Sequence.Zero));
        context.Prefill(Sequence.Zero, s_text.AsSpan(100, 10));
        AssertClose(Fresh(s_text[..110]), context.Logits());
    }

    private static void FailAfter(LlamaContext context, int successes)
    {
        int calls = 0;
        context.Interposer = call => calls++ < successes ? call() : 2;
    }

    private LlamaContext Small() => _model.CreateContext(Options with { FullSlidingWindowCache = false });

    private static ContextOptions Options => new() { ContextSize = 512, BatchSize = 32, MicroBatchSize = 32, Threads = 1, BatchThreads = 1, FlashAttention = FlashAttention.Off };

    private float[] Fresh(LlamaToken[] tokens)
    {
        using LlamaContext context = _model.CreateContext(Options);
        context.Prefill(Sequence.Zero, tokens);
        return context.Logits().ToArray();
    }

    private static void AssertClose(float[] expected, ReadOnlySpan<float> logits)
    {
        float range = expected.Max() - expected.Min();
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - logits[i]) <= 0.01f * range, $"Logit {i} is {logits[i]}, of a fresh context {expected[i]}; their range is {range}.");
    }
}
