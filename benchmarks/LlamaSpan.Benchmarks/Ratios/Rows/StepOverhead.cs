using System.Globalization;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Microseconds from llama_decode's return to its next call in a loop of Prefill and Logits, without sampling: the median of 10,000 steps,
/// by a clock that is preloaded in llama_decode's place, so that all that we add lies between.
/// </summary>
internal sealed class StepOverhead : IRatio
{
    public string Name => "step.overhead";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
    [
        new($"{Name}.{options.Pocket.Name}", "us from llama_decode's return to its next call, no sampling", Goal.AtMost(2),
            () => OperatingSystem.IsLinux() ? new Measurement(options.Pocket, options.Threads) : throw new RatioSkippedException("its clock is preloaded, which Linux alone does")),
    ];

    private sealed class Measurement(RatioModel model, int threads) : IMeasurement
    {
        private readonly string _clock = Repository.PathOf("artifacts/peers/lib/libstep-clock.so");
        private readonly string _times = Path.GetTempFileName();

        public double Round(int round)
        {
            if (!File.Exists(_clock))
                throw new RatioSkippedException($"{_clock} is not there: run ./build.sh peers");
            ProgramResult result = ProgramResult.Of(Environment.ProcessPath!, [("LD_PRELOAD", _clock), ("STEP_CLOCK", _times)],
                [.. Self.Arguments, StepLoop.Verb, model.Path, threads.ToString(CultureInfo.InvariantCulture)]);
            string[] times = File.ReadAllText(_times).Split(' ');
            if (result.ExitCode != 0 || times.Length != 2 || int.Parse(times[1], CultureInfo.InvariantCulture) < StepLoop.Steps)
                throw new InvalidOperationException($"The loop ended with exit code {result.ExitCode}: {result.Errors}");
            return double.Parse(times[0], CultureInfo.InvariantCulture) / 1000;
        }

        public void Dispose() => File.Delete(_times);
    }
}
