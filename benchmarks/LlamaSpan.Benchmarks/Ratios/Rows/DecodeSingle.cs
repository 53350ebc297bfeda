using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>Streamed greedy decoding over llama-bench's, which neither looks at logits nor makes text.</summary>
internal sealed class DecodeSingle : IRatio
{
    private const int Depth = 128, Tokens = 128;

    public string Name => "decode.single";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.Models
        let goal = Goal.AtLeast(model == options.Pocket ? 0.95 : 0.98)
        select new RatioVariant($"{Name}.{model.Name}", "streamed greedy tok/s over llama-bench tg128", goal, () => new Measurement(model, options.Threads));

    private sealed class Measurement(RatioModel file, int threads) : Pair
    {
        private readonly int _repeats = 3;
        private readonly LoadedModel _loaded = new(file, Depth + Tokens, threads);
        private readonly GenerationOptions _options = LoadedModel.Greedy(Tokens + 1);

        protected override double Numerator()
        {
            LlamaToken[] prompt = _loaded.Text(Depth);
            return Series.MedianOf(Enumerable.Range(0, _repeats).Select(_ => Stream(prompt)).ToList());
        }

        protected override double Denominator() => Peers.LlamaBench(file, threads, generate: Tokens, depth: Depth, repeats: _repeats);

        public override void Dispose() => _loaded.Dispose();

        /// <summary>Tokens a second behind the first, which is the prompt's.</summary>
        private double Stream(LlamaToken[] prompt)
        {
            GenerationSteps.Enumerator steps = _loaded.Generator.Generate(prompt, _options).GetEnumerator();
            steps.MoveNext();
            long start = Stopwatch.GetTimestamp(), bytes = 0;
            while (steps.MoveNext())
                bytes += steps.Current.Text.Length;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            int tokens = _loaded.Generator.Usage.GeneratedTokens - 1;
            return tokens == Tokens && bytes > 0 ? tokens / seconds : throw new InvalidOperationException($"{tokens} tokens were generated, not {Tokens}.");
        }
    }
}
