using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>llama.cpp's chain over ours: penalties, top-k, top-p, min-p, temperature, draw.</summary>
internal sealed class SamplerChain : IRatio
{
    private const int Vocabulary = 128 * 1024, Draws = 20;

    public string Name => "sampler.chain";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        [new(Name, "llama.cpp's time for a token over ours, 131,072 logits", Goal.AtLeast(10), () => new Measurement())];

    private sealed class Measurement : Pair
    {
        private readonly ChainDuel _duel = new(Vocabulary);

        protected override double Numerator() => Time(_duel.Theirs);

        protected override double Denominator() => Time(_duel.Ours);

        public override void Dispose() => _duel.Dispose();

        private static double Time(Func<int> draw)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Draws; i++)
                draw();
            return Stopwatch.GetElapsedTime(start).TotalSeconds / Draws;
        }
    }
}
