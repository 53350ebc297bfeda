using System.Globalization;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Tokens a second under a schema over those of a C++ program that makes llama.cpp's grammar of the same schema and samples with its
/// common_sampler, on the schemas that its converter takes. A round takes every fifth of them.
/// </summary>
internal sealed class JsonNative : IRatio
{
    private const string Program = "json-grammar";

    public string Name => "json.native";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        [new(Name, "greedy tok/s under schemas over llama.cpp's common_sampler with its own grammars", Goal.AtLeast(1.05), () => new Measurement(options.Threads))];

    private sealed class Measurement : Pair
    {
        private readonly int _threads;
        private readonly byte[][] _schemas;
        private readonly ConstrainedRun _run;
        private byte[][] _share = [];

        public Measurement(int threads)
        {
            _threads = threads;
            byte[][] drawn = SchemaSet.Draw();
            string[] answers = Answers(drawn, tokens: 1);
            _schemas = [.. drawn.Where((_, i) => !answers[i].StartsWith("refused", StringComparison.Ordinal))];
            _run = new ConstrainedRun(threads);
        }

        public override double Round(int round)
        {
            _share = [.. SchemaSet.Share(_schemas, round)];
            return base.Round(round);
        }

        protected override double Numerator()
        {
            ConstrainedRun.Measured ours = default;
            foreach (byte[] schema in _share)
                ours += _run.Under(schema, fastForward: false);
            return ours.PerSecond;
        }

        protected override double Denominator()
        {
            ConstrainedRun.Measured theirs = default;
            foreach (string answer in Answers(_share, ConstrainedRun.Tokens))
                theirs += Read(answer);
            return theirs.PerSecond;
        }

        public override void Dispose() => _run.Dispose();

        private static ConstrainedRun.Measured Read(string answer)
        {
            string[] numbers = answer.Split(' ');
            return new(int.Parse(numbers[0], CultureInfo.InvariantCulture), long.Parse(numbers[1], CultureInfo.InvariantCulture) / 1e9);
        }

        /// <summary>What the program says of each schema.</summary>
        private string[] Answers(byte[][] schemas, int tokens)
        {
            string file = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(file, [.. schemas.SelectMany(schema => (byte[])[.. schema.Select(b => b == (byte)'\n' ? (byte)' ' : b), (byte)'\n'])]);
                string output = Peers.Run(Program, ConstrainedRun.Model.Path, file, ConstrainedRun.Prompt,
                    tokens.ToString(CultureInfo.InvariantCulture), _threads.ToString(CultureInfo.InvariantCulture));
                string[] answers = output.TrimEnd().Split('\n');
                return answers.Length == schemas.Length ? answers : throw new InvalidOperationException($"{Program} answered {answers.Length} of {schemas.Length} schemas.");
            }
            finally
            {
                File.Delete(file);
            }
        }
    }
}
