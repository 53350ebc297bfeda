using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// The two layouts of an engine's cache side by side, at both ends: requests that share nothing, and samples of one prompt, which share all of it.
/// And what a copy between buffers takes, which is worth it for more tokens than <see cref="ReuseRules.LeastTaken"/> alone.
/// </summary>
internal sealed class Layout : IRatio
{
    private const int Prompt = 128, Shared = 512, Samples = 8;

    public string Name => "layout";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.Models
        from variant in (IEnumerable<RatioVariant>)
        [
            .. from requests in (int[])[4, 16]
               select new RatioVariant($"{Name}.{requests}.{model.Name}", $"engine tok/s, {requests} requests that share nothing: a buffer each over one for all",
                   Goal.AtLeast(1), () => new Distinct(model, options.Threads, requests)),
            new($"{Name}.samples.{model.Name}", $"time of {Samples} samples of one prompt of {Shared} tokens: one buffer for all over a buffer each",
                Goal.AtMost(1), () => new Sampled(model, options.Threads)),
            new($"{Name}.copy.{model.Name}", $"time to compute a prompt's tokens over that to copy a buffer of {ReuseRules.CellsPerToken} cells for each",
                Goal.AtLeast(1), () => new Copied(model, options.Threads)),
        ]
        select variant;

    private sealed class Distinct(RatioModel file, int threads, int requests) : Pair
    {
        private readonly BatchedEngine _own = new(file, threads, requests, Prompt, CacheLayout.PerSequence);
        private readonly BatchedEngine _one = new(file, threads, requests, Prompt, CacheLayout.Unified);

        protected override double Numerator() => _own.TokensPerSecond();

        protected override double Denominator() => _one.TokensPerSecond();

        public override void Dispose()
        {
            _own.Dispose();
            _one.Dispose();
        }
    }

    private sealed class Sampled(RatioModel file, int threads) : Pair
    {
        private readonly SampledEngine _one = new(file, threads, Samples, Shared, CacheLayout.Unified);
        private readonly SampledEngine _own = new(file, threads, Samples, Shared, CacheLayout.PerSequence);

        protected override double Numerator() => _one.Seconds();

        protected override double Denominator() => _own.Seconds();

        public override void Dispose()
        {
            _one.Dispose();
            _own.Dispose();
        }
    }

    private sealed class Copied(RatioModel file, int threads) : IMeasurement
    {
        private const int Cells = 2048, Copies = 8, Repeats = 5;

        private readonly LlamaModel _model = LlamaModel.Load(file.Path);
        private LlamaContext? _context;

        public double Round(int round)
        {
            _context ??= _model.CreateContext(LoadedModel.Options((1 + Copies) * Cells, threads) with { MaxSequences = 1 + Copies, UnifiedCache = false });
            LlamaToken[] tokens = [.. Enumerable.Range(0, Prompt).Select(i => new LlamaToken(10 + (i % 100)))];
            List<double> copies = [], prompts = [];
            for (int i = 0; i < Repeats; i++)
            {
                _context.Cache.Clear();
                prompts.Add(Seconds(() => _context.Prefill(Sequence.Zero, tokens)));
                double plain = Seconds(() => _context.Prefill(Sequence.Zero, tokens.AsSpan(0, 1)));
                for (int copy = 1; copy <= Copies; copy++)
                    _context.Cache.Copy(Sequence.Zero, new Sequence(copy));
                copies.Add((Seconds(() => _context.Prefill(Sequence.Zero, tokens.AsSpan(0, 1))) - plain) / Copies);      // the next decode copies
            }
            return Series.MedianOf(prompts) / Prompt / (Series.MedianOf(copies) * ReuseRules.CellsPerToken / Cells);
        }

        public void Dispose()
        {
            _context?.Dispose();
            _model.Dispose();
        }

        private double Seconds(Action decode)
        {
            long start = Stopwatch.GetTimestamp();
            decode();
            _ = _context!.Logits();      // waits for the outputs
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
