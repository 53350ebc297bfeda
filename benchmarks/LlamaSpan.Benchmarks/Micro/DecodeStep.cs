using BenchmarkDotNet.Attributes;

namespace LlamaSpan.Benchmarks.Micro;

/// <summary>One token through the pocket model on one thread, and the streamed step around it.</summary>
public class DecodeStep
{
    private const int Steps = 128;
    private static readonly GenerationOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = Steps, IgnoreEndOfGeneration = true };

    private LlamaModel _model = null!;
    private LlamaContext _context = null!;
    private TextGenerator _generator = null!;
    private LlamaToken[] _prompt = [];

    [GlobalSetup]
    public void Load()
    {
        _model = LlamaModel.Load(Repository.PathOf("models/pocket.gguf"));
        _context = _model.CreateContext(new ContextOptions { ContextSize = 256, Threads = 1, BatchThreads = 1 });
        _generator = new TextGenerator(_context);
        _prompt = _model.Vocabulary.Tokenize("Once upon a time");
    }

    /// <summary>Decoding alone, the same token again and again.</summary>
    [Benchmark(Description = "llama_decode of one token, pocket model, one thread", Baseline = true, OperationsPerInvoke = Steps)]
    public float Decode()
    {
        _generator.Forget();
        float sum = 0;
        for (int i = 0; i < Steps; i++)
        {
            _context.Prefill(Sequence.Zero, new ReadOnlySpan<LlamaToken>(in _prompt[0]));
            sum += _context.Logits()[0];
        }
        return sum;
    }

    /// <summary>A greedy stream: decode, sample, text.</summary>
    [Benchmark(Description = "a token of a greedy stream: decode, sample, text", OperationsPerInvoke = Steps)]
    public int Stream()
    {
        _generator.Forget();
        int bytes = 0;
        foreach (GeneratedPiece piece in _generator.Generate(_prompt, s_greedy))
            bytes += piece.Text.Length;
        return bytes;
    }

    [GlobalCleanup]
    public void Free()
    {
        _context.Dispose();
        _model.Dispose();
    }
}
