using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>A prompt of 512 tokens over llama-bench's.</summary>
internal sealed class PrefillSingle : IRatio
{
    private const int Tokens = 512;

    public string Name => "prefill.single";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.Models
        select new RatioVariant($"{Name}.{model.Name}", "prompt tok/s over llama-bench pp512", Goal.AtLeast(0.98), () => new Measurement(model, options.Threads));

    private sealed class Measurement(RatioModel file, int threads) : Pair
    {
        private readonly int _repeats = 3;
        private readonly LoadedModel _loaded = new(file, Tokens, threads);

        protected override double Numerator() => Series.MedianOf(Enumerable.Range(0, _repeats).Select(_ => Prefill()).ToList());

        protected override double Denominator() => Peers.LlamaBench(file, threads, prompt: Tokens, repeats: _repeats);

        public override void Dispose() => _loaded.Dispose();

        private double Prefill()
        {
            LlamaToken[] prompt = _loaded.Text(Tokens);
            _loaded.Context.Cache.Remove(Sequence.Zero);
            long start = Stopwatch.GetTimestamp();
            _loaded.Context.Prefill(Sequence.Zero, prompt);
            _loaded.Context.Logits();       // waits for the computation
            return Tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
