using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LlamaSpan.Native;
using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class OwnershipTests
{
    private static int s_asked, s_cancelAt;
    private static CancellationTokenSource? s_source;
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
    public void Two_contexts_and_two_models_generate_at_once_what_one_does_alone()
    {
        const int Count = 200;
        LlamaToken[][] prompts = [Pocket.Prompt("Where is Velmora Optics based?"), Pocket.Prompt("What does the Brillo kettle cost?")];
        LlamaToken[][] alone = [.. prompts.Select(prompt => Generate(Pocket.Model, prompt))];
        using LlamaModel second = LlamaModel.Load(Pocket.Path);
        LlamaToken[][] together = new LlamaToken[4][];
        // a thread each, let go at once: models and prompts in all combinations
        using Barrier start = new(together.Length);
        Thread[] threads = [.. Enumerable.Range(0, together.Length).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            together[i] = Generate(i < 2 ? Pocket.Model : second, prompts[i % 2]);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        for (int i = 0; i < together.Length; i++)
        {
            Assert.Equal(Count, together[i].Length);
            Assert.Equal(alone[i % 2], together[i]);
        }

        static LlamaToken[] Generate(LlamaModel model, LlamaToken[] prompt)
        {
            using LlamaContext context = model.CreateContext(Pocket.Options);
            context.Prefill(Sequence.Zero, prompt);
            LlamaToken[] tokens = new LlamaToken[Count];
            for (int i = 0; i < Count; i++)
            {
                tokens[i] = new LlamaToken(TensorPrimitives.IndexOfMax(context.Logits()));
                context.Prefill(Sequence.Zero, new ReadOnlySpan<LlamaToken>(in tokens[i]));
            }
            return tokens;
        }
    }

    [Fact]
    public void A_cancelled_prefill_stops_and_leaves_the_sequence_as_it_was()
    {
        using LlamaContext context = Pocket.Context(Pocket.Options with { ContextSize = 2048, BatchSize = 128, MicroBatchSize = 32 });
        context.Prefill(Sequence.Zero, s_long.AsSpan(0, 10));
        LlamaToken[] longer = Enumerable.Repeat(new LlamaToken(10), 1900).ToArray();
        using CancellationTokenSource source = new();
        int batches = 0;
        context.Interposer = call =>
        {
            if (++batches == 3)
                source.Cancel();
            return call();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => context.Prefill(Sequence.Zero, longer, source.Token));
        Assert.Equal(3, batches);
        Assert.Equal(9, context.Cache.LastPosition(Sequence.Zero));
        context.Interposer = null;
        context.Prefill(Sequence.Zero, s_long.AsSpan(10, 20));
        Assert.Equal(29, context.Cache.LastPosition(Sequence.Zero));
    }

    [Fact]
    public unsafe void A_prefill_is_cancelled_within_its_micro_batch()
    {
        const int Length = 1900;
        using LlamaContext context = Pocket.Context(Pocket.Options with { ContextSize = 2048, BatchSize = Length, MicroBatchSize = Length });
        llama_context* native;
        using (LlamaContext.Operation operation = context.Begin())
            native = operation.Context;
        LlamaToken[] prompt = [.. Enumerable.Range(0, Length).Select(i => new LlamaToken(10 + (i % 3000)))];
        using CancellationTokenSource source = new();
        context.Interposer = call =>
        {
            // instead of the context's own callback, which reads what the token sets
            NativeMethods.llama_set_abort_callback(native, (delegate* unmanaged[Cdecl]<void*, bool>)(delegate* unmanaged[Cdecl]<void*, byte>)&CountAndCancel, null);
            return call();
        };
        (s_asked, s_cancelAt, s_source) = (0, int.MaxValue, source);
        context.Prefill(Sequence.Zero, prompt, source.Token);
        Assert.True(s_asked > 50, $"llama.cpp asked only {s_asked} times whether to stop");

        context.Cache.Clear();
        (s_asked, s_cancelAt) = (0, s_asked / 2);
        Assert.ThrowsAny<OperationCanceledException>(() => context.Prefill(Sequence.Zero, prompt, source.Token));
        Assert.Equal(s_cancelAt, s_asked);      // not once more
        Assert.Equal(-1, context.Cache.LastPosition(Sequence.Zero));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe byte CountAndCancel(void* data)
    {
        if (++s_asked == s_cancelAt)
            s_source!.Cancel();
        return s_source!.IsCancellationRequested ? (byte)1 : (byte)0;
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
