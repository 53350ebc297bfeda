using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>A Native AOT program from start to end, which loads a model and gives one token, over the tests' plain C program that does the same.</summary>
internal sealed class StartupAot : IRatio
{
    private const string Text = "Once upon a time";

    public string Name => "startup.aot";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.Models
        select new RatioVariant($"{Name}.{model.Name}", "process from start to first token over plain C's", Goal.AtMost(1.1), () => new Measurement(model));

    private sealed class Measurement : Pair
    {
        private const int Repeats = 5;
        private readonly RatioModel _model;
        private readonly string _program, _logits = Path.GetTempFileName();

        public Measurement(RatioModel model)
        {
            string folder = Repository.PathOf("artifacts/aot");
            ProgramResult publish = ProgramResult.Of("dotnet", "publish", Repository.PathOf("tests/aot"), "-c", "Release", "--nologo", "-v", "quiet", "-o", folder);
            if (publish.ExitCode != 0)
                throw new RatioSkippedException($"the Native AOT program cannot be published: {publish.Output.Trim()}");
            (_model, _program) = (model, Path.Combine(folder, OperatingSystem.IsWindows() ? "LlamaSpan.AotSmoke.exe" : "LlamaSpan.AotSmoke"));
        }

        protected override double Numerator() => Time(() => ProgramResult.Of(_program, "generate", _model.Path, "1", Text));

        protected override double Denominator() =>
            Time(() => ProgramResult.Of(Repository.NativeProgram("reference"), [], "Once upon a time"u8, "generate", _model.Path, "1", _logits));

        public override void Dispose() => File.Delete(_logits);

        private static double Time(Func<ProgramResult> run) => Series.MedianOf(Enumerable.Range(0, Repeats).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            ProgramResult result = run();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return result.ExitCode == 0 ? seconds : throw new InvalidOperationException($"exit code {result.ExitCode}: {result.Errors}");
        }).ToList());
    }
}
