using System.Diagnostics;
using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class OwnershipTests
{
    private readonly Stopwatch _clock = new();
    private static readonly LlamaToken[] s_long = Enumerable.Range(0, 400).Select(i => new LlamaToken(10 + i)).ToArray();

    [Fact]
    public async Task Two_threads_at_once_are_refused_and_one_after_the_other_is_not()
    {
        using LlamaContext context = Pocket.Context();
        using ManualResetEventSlim started = new();
        Task decoding = Task.Factory.StartNew(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                started.Set();
                context.Cache.Clear();
                context.Prefill(Sequence.Zero, s_long);
            }
        }, TaskCreationOptions.LongRunning);
        started.Wait(TestContext.Current.CancellationToken);
        bool refused = false;
        while (!decoding.IsCompleted && !refused)
        {
            try
            {
                context.Prefill(Sequence.Zero, [new(1)]);
            }
            catch (ConcurrentUseException)
            {
                refused = true;
            }
            catch (ArgumentException)
            {
                // between two prefills the sequence was full
            }
        }
        try
        {
            await decoding;
        }
        catch (ConcurrentUseException)
        {
            refused = true;      // it met us instead
        }
        Assert.True(refused);
        context.Cache.Clear();
        context.Prefill(Sequence.Zero, s_long);
    }

    [Fact]
    public async Task Closing_a_context_while_another_thread_decodes_ends_cleanly()
    {
        for (int round = 0; round < 5; round++)
        {
            LlamaContext context = Pocket.Context();
            using ManualResetEventSlim started = new();
            Task decoding = Task.Factory.StartNew(() =>
            {
                while (true)
                {
                    started.Set();
                    context.Cache.Clear();
                    context.Prefill(Sequence.Zero, s_long);
                }
            }, TaskCreationOptions.LongRunning);
            started.Wait(TestContext.Current.CancellationToken);
            Thread.Sleep(2);
            context.Dispose();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => decoding);
        }
    }

    [Fact]
    public void A_model_may_be_closed_before_its_contexts()
    {
        LlamaModel model = LlamaModel.Load(Pocket.Path);
        LlamaContext context = model.CreateContext(Pocket.Options);
        model.Dispose();
        context.Prefill(Sequence.Zero, s_long);
        Assert.Equal(3520, context.Logits().Length);
        Assert.Throws<ObjectDisposedException>(() => model.CreateContext());
        context.Dispose();
    }

    [Fact]
    public void Two_models_and_contexts_decode_at_once_and_agree_with_one()
    {
        float[] alone = Logits(Pocket.Model);
        using LlamaModel second = LlamaModel.Load(Pocket.Path);
        float[][] together = new float[4][];
        Parallel.For(0, together.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => together[i] = Logits(i % 2 == 0 ? Pocket.Model : second));
        Assert.All(together, logits => Assert.Equal(alone, logits));

        static float[] Logits(LlamaModel model)
        {
            using LlamaContext context = model.CreateContext(Pocket.Options);
            context.Prefill(Sequence.Zero, s_long);
            return context.Logits().ToArray();
        }
    }

    [Fact]
    public void A_cancelled_prefill_stops_and_leaves_the_sequence_as_it_was()
    {
        using LlamaContext context = Pocket.Context(Pocket.Options with { ContextSize = 2048, MicroBatchSize = 32 });
        context.Prefill(Sequence.Zero, s_long.AsSpan(0, 10));
        LlamaToken[] longer = Enumerable.Repeat(new LlamaToken(10), 1900).ToArray();
        using CancellationTokenSource source = new();
        source.CancelAfter(10);
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            context.Prefill(Sequence.Zero, longer, source.Token);
            context.Cache.Remove(Sequence.Zero, 10);
            source.Token.ThrowIfCancellationRequested();
        });
        Assert.Equal(9, context.Cache.LastPosition(Sequence.Zero));
        context.Prefill(Sequence.Zero, s_long.AsSpan(10, 20));
        Assert.Equal(29, context.Cache.LastPosition(Sequence.Zero));
    }

    [Fact]
    public void A_prefill_is_cancelled_within_its_micro_batch()
    {
        const int Length = 1900;
        using LlamaContext context = Pocket.Context(Pocket.Options with { ContextSize = 2048, BatchSize = Length, MicroBatchSize = Length });
        LlamaToken[] prompt = [.. Enumerable.Range(0, Length).Select(i => new LlamaToken(10 + (i % 3000)))];
        TimeSpan whole = Prefill(CancellationToken.None), stopped = whole;
        for (int attempt = 0; attempt < 5 && stopped > 0.7 * whole; attempt++)      // on a busy machine the timer may come late
        {
            using CancellationTokenSource source = new(whole / 5);
            try
            {
                stopped = Prefill(source.Token);
            }
            catch (OperationCanceledException)
            {
                stopped = _clock.Elapsed;
            }
        }
        Assert.True(stopped < 0.7 * whole, $"stopped after {stopped.TotalMilliseconds:0} ms of {whole.TotalMilliseconds:0}");
        Assert.Equal(-1, context.Cache.LastPosition(Sequence.Zero));

        TimeSpan Prefill(CancellationToken cancellationToken)
        {
            context.Cache.Clear();
            _clock.Restart();
            try
            {
                context.Prefill(Sequence.Zero, prompt, cancellationToken);
            }
            finally
            {
                _clock.Stop();
            }
            return _clock.Elapsed;
        }
    }

    [Fact]
    public void Contexts_that_share_a_thread_pool_take_turns()
    {
        using LlamaThreadPool pool = new(new ThreadPoolOptions { Threads = 1 });
        using LlamaContext first = Pocket.Context(Pocket.Options with { ThreadPool = pool });
        using LlamaContext second = Pocket.Context(Pocket.Options with { ThreadPool = pool });
        Parallel.Invoke(() => first.Prefill(Sequence.Zero, s_long), () => second.Prefill(Sequence.Zero, s_long));
        Assert.Equal(first.Logits().ToArray(), second.Logits().ToArray());
    }
}
