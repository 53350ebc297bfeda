namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Tokens a second under a schema over those without, the same number of tokens: each schema is compiled anew, and what others than it brought
/// to the process's caches is there, as in a service that meets new schemas. A round takes every fifth schema.
/// </summary>
internal sealed class JsonEndToEnd : IRatio
{
    public string Name => "json.e2e";

    public IEnumerable<RatioVariant> Variants(RatioOptions options)
    {
        yield return new(Name, $"greedy tok/s under {SchemaSet.Count} schemas, compiling them counted, over none", Goal.AtLeast(0.97), () => new Measurement(options.Threads, fastForward: false));
        if (!options.Quick)
            yield return new($"{Name}.forced", "the same where forced text is appended without the model", Goal.AtLeast(1), () => new Measurement(options.Threads, fastForward: true));
    }

    private sealed class Measurement(int threads, bool fastForward) : IMeasurement
    {
        private readonly byte[][] _schemas = SchemaSet.Draw();
        private readonly ConstrainedRun _run = new(threads);

        public double Round(int round)
        {
            ConstrainedRun.Measured under = default, free = default;
            foreach (byte[] schema in SchemaSet.Share(_schemas, round))
            {
                ConstrainedRun.Measured one = _run.Under(schema, fastForward);
                under += one;
                free += _run.Free(one.Chosen);
            }
            return under.PerSecond / free.PerSecond;
        }

        public void Dispose() => _run.Dispose();
    }
}
