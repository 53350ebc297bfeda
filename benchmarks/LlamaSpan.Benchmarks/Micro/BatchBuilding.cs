using BenchmarkDotNet.Attributes;

namespace LlamaSpan.Benchmarks.Micro;

/// <summary>Filling a batch with a prompt, and with one token for each of many streams.</summary>
public class BatchBuilding
{
    private const int Tokens = 512, Streams = 32;
    private readonly LlamaToken[] _prompt = [.. Enumerable.Range(0, Tokens).Select(i => new LlamaToken(i))];
    private LlamaBatch _batch = null!;

    [GlobalSetup]
    public void Allocate() => _batch = new LlamaBatch(Tokens);

    [Benchmark(Description = "a batch of 512 tokens of one prompt")]
    public int Prompt512()
    {
        _batch.Clear();
        return _batch.AddRange(_prompt, 0, Sequence.Zero, outputLast: true);
    }

    [Benchmark(Description = "a batch of one token for each of 32 sequences")]
    public int Streams32()
    {
        _batch.Clear();
        for (int stream = 0; stream < Streams; stream++)
            _batch.Add(_prompt[stream], 100, new Sequence(stream), output: true);
        return _batch.Count;
    }

    [GlobalCleanup]
    public void Free() => _batch.Dispose();
}
