using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>Eight samples of one prompt by an engine, whole, over llama-batched-bench with a shared prompt.</summary>
internal sealed class SamplesN8 : IRatio
{
    private const int Prompt = 512, Generate = 64, Count = 8;

    public string Name => "samples.n8";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsForThroughput
        select new RatioVariant($"{Name}.{model.Name}", "time of 8 samples of one prompt over llama-batched-bench -pps -kvu", Goal.AtMost(1.05),
            () => new Measurement(model, options.Threads));

    private sealed class Measurement : Pair
    {
        private readonly RatioModel _file;
        private readonly int _threads;
        private readonly LoadedModel _text;
        private readonly LlamaEngine _engine;
        private readonly RequestOptions _options = new() { Sampling = new() { Seed = 1 }, MaxTokens = Generate, IgnoreEndOfGeneration = true, KeepInCache = false };
        private int _round;

        public Measurement(RatioModel file, int threads)
        {
            (_file, _threads) = (file, threads);
            _text = new LoadedModel(file, 256, 1);
            _engine = LlamaEngine.Start(_text.Model, new EngineOptions
            {
                Context = LoadedModel.Options(BatchedBench.ContextSize(Prompt, Generate, Count), threads),
                MaxSequences = Count,
                CachedSequences = 0,
            });
        }

        protected override double Numerator()
        {
            LlamaToken[] prompt = _text.Text(Prompt, from: _round++ * 37);
            long start = Stopwatch.GetTimestamp();
            Completion[] samples = _engine.SampleAsync(prompt, Count, _options).GetAwaiter().GetResult();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return samples.All(sample => sample.Tokens.Count == Generate) ? seconds : throw new InvalidOperationException("A sample ended early.");
        }

        protected override double Denominator() => BatchedBench.Run(_file, _threads, Prompt, Generate, Count, unified: true, shared: true).TotalTime;

        public override void Dispose()
        {
            _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _text.Dispose();
        }
    }
}
