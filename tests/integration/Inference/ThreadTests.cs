using System.Numerics.Tensors;
using LlamaSpan.Native;
using LlamaSpan.TestSupport.Abi;
using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class ThreadTests
{
    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("Where is Velmora Optics based?");

    /// <summary>native/overrides: without it four threads on one processor take thousands of times as long as one.</summary>
    [Fact]
    public void Threads_that_wait_for_each_other_give_way()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the symbols of an ELF library");
        NativeLibraries.Load();
        string library = Path.Combine(NativeLibraries.Folder!, LibraryNames.FileOf("ggml-cpu"));
        Assert.Contains("sched_yield", ElfSymbols.NeededBy(library));
    }

    [Fact]
    public void Threads_that_share_one_processor_agree_with_one()
    {
        float[] one = Logits(Pocket.Options with { Threads = 1, BatchThreads = 1 });
        using LlamaThreadPool pool = new(new ThreadPoolOptions { Threads = 4, Processors = [0] });
        Assert.Equal(0, TensorPrimitives.Distance(one, Logits(Pocket.Options with { ThreadPool = pool, Threads = 4, BatchThreads = 4 })), 1e-3f);
    }

    [Fact]
    public void The_number_of_threads_can_be_raised_and_lowered()
    {
        using LlamaContext context = Pocket.Context();
        float[] one = Logits(context);
        context.SetThreads(2, 2);
        context.SetThreads(4, 3);
        context.SetThreads(9, 3);
        float[] four = Logits(context);
        context.SetThreads(2, 2);
        Assert.Equal(0, TensorPrimitives.Distance(one, four), 1e-3f);
        Assert.Equal(0, TensorPrimitives.Distance(one, Logits(context)), 1e-3f);
        Assert.Throws<ArgumentOutOfRangeException>(() => context.SetThreads(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.SetThreads(1, 513));
    }

    [Fact]
    public void A_shared_pool_bounds_the_threads_of_its_contexts()
    {
        using LlamaThreadPool pool = new(new ThreadPoolOptions { Threads = 2 });
        using LlamaContext context = Pocket.Context(new ContextOptions { ContextSize = 512, ThreadPool = pool });
        context.SetThreads(1, 2);
        Assert.Contains("2 threads", Assert.Throws<ArgumentOutOfRangeException>(() => context.SetThreads(3, 1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Pocket.Context(Pocket.Options with { ThreadPool = pool, BatchThreads = 3 }));
        pool.Dispose();
        Assert.NotEmpty(Logits(context));      // it keeps the threads it was made with
        Assert.Throws<ObjectDisposedException>(() => Pocket.Context(Pocket.Options with { ThreadPool = pool }));
    }

    [Fact]
    public void The_threads_of_a_context_end_with_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "counts threads in /proc");
        using LlamaContext context = Pocket.Context(Pocket.Options with { Threads = 2 });
        Logits(context);
        int before = Directory.GetDirectories("/proc/self/task").Length;
        for (int i = 0; i < 20; i++)
        {
            using LlamaContext other = Pocket.Context(Pocket.Options with { Threads = 9 });
            Logits(other);
        }
        Assert.True(Directory.GetDirectories("/proc/self/task").Length < before + 100);
    }

    private static float[] Logits(LlamaContext context)
    {
        context.Cache.Clear();
        context.Prefill(Sequence.Zero, s_prompt);
        context.Prefill(Sequence.Zero, [new(20)]);
        return context.Logits().ToArray();
    }

    /// <summary>On a thread of its own: a pool binds the thread that starts it, too.</summary>
    private static float[] Logits(ContextOptions options)
    {
        float[] logits = [];
        Thread runner = new(() =>
        {
            using LlamaContext context = Pocket.Context(options);
            logits = Logits(context);
        });
        runner.Start();
        runner.Join();
        return logits;
    }
}
