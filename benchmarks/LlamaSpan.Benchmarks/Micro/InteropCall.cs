using BenchmarkDotNet.Attributes;
using LlamaSpan.Native;
using LlamaSpan.TestSupport;

namespace LlamaSpan.Benchmarks.Micro;

/// <summary>What it costs to cross into native code: bare, and as an operation on a context.</summary>
public unsafe class InteropCall
{
    private LlamaModel _model = null!;
    private LlamaContext _context = null!;

    [GlobalSetup]
    public void Load()
    {
        _model = LlamaModel.Load(Repository.PathOf("models/pocket.gguf"));
        _context = _model.CreateContext(new ContextOptions { ContextSize = 256, Threads = 1, BatchThreads = 1 });
        _context.Prefill(Sequence.Zero, [new LlamaToken(1)]);
    }

    /// <summary>The binding of a function that returns at once.</summary>
    [Benchmark(Baseline = true)]
    public long Import() => NativeMethods.llama_time_us();

    /// <summary>A handle's reference, the owner's mark and the call.</summary>
    [Benchmark]
    public int LastPosition() => _context.Cache.LastPosition(Sequence.Zero);

    /// <summary>The logits of the last token.</summary>
    [Benchmark]
    public float Logits() => _context.Logits()[0];

    [GlobalCleanup]
    public void Free()
    {
        _context.Dispose();
        _model.Dispose();
    }
}
