using BenchmarkDotNet.Attributes;

namespace LlamaSpan.Benchmarks.Micro;

/// <summary>A token by our chain and by llama.cpp's: penalties, top-k, top-p, min-p, temperature, draw.</summary>
public class SamplerChains
{
    private ChainDuel _duel = null!;

    [Params(32 * 1024, 128 * 1024)]
    public int Vocabulary { get; set; }

    [GlobalSetup]
    public void Make() => _duel = new ChainDuel(Vocabulary);

    [Benchmark(Description = "a token by llama.cpp's chain: penalties, top-k, top-p, min-p, temperature, draw", Baseline = true)]
    public int LlamaCpp() => _duel.Theirs();

    [Benchmark(Description = "a token by ours")]
    public int LlamaSpan() => _duel.Ours();

    [GlobalCleanup]
    public void Free() => _duel.Dispose();
}
