namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Time to the first token in a new process, from handing the prompt in: nothing cached over the documents on disk, where another process
/// left them (and the operating system's page cache holds them). Both pay for their first use of code and weights.
/// </summary>
internal sealed class RagRestart : IRatio
{
    public string Name => "rag.restart";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsOfEngine
        select new RatioVariant($"{Name}.{model.Name}", "time to first token in a new process, 1,548 tokens: cold over 1,500 from disk", Goal.AtLeast(8),
            () => new Measurement(model, options.Threads));

    private sealed class Measurement : Pair
    {
        private readonly RatioModel _file;
        private readonly int _threads;
        private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-cache-").FullName;

        public Measurement(RatioModel file, int threads)
        {
            (_file, _threads) = (file, threads);
            FreshProcess.Fill(file, threads, RagPrompts.Documents, _folder);
        }

        protected override double Numerator() => FreshProcess.FirstToken(_file, _threads, RagPrompts.Documents, null);

        protected override double Denominator() => FreshProcess.FirstToken(_file, _threads, RagPrompts.Documents, _folder);

        public override void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
