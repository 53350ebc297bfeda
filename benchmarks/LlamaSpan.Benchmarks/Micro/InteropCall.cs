using BenchmarkDotNet.Attributes;
using LlamaSpan.Native;

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

    /// <summary>The binding alone.</summary>
    [Benchmark(Description = "binding of a function that returns a constant", Baseline = true)]
    public nuint Import() => NativeMethods.llama_max_devices();

    /// <summary>A handle's reference, the owner's mark and the call.</summary>
    [Benchmark(Description = "last position in the cache: a handle's reference, the owner's mark, the call")]
    public int LastPosition() => _context.Cache.LastPosition(Sequence.Zero);

    /// <summary>The logits of the last token.</summary>
    [Benchmark(Description = "logits of the last token as a span")]
    public float Logits() => _context.Logits()[0];

    [GlobalCleanup]
    public void Free()
    {
        _context.Dispose();
        _model.Dispose();
    }
}
