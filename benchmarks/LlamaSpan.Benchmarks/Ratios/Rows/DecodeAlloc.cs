namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>Managed bytes a generated token costs: those of 2N tokens less those of N, by N.</summary>
internal sealed class DecodeAlloc : IRatio
{
    private const int Tokens = 100;

    public string Name => "decode.alloc";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsOfEngine
        select new RatioVariant($"{Name}.{model.Name}", "managed bytes a streamed token, warm", Goal.AtMost(0), () => new Measurement(model, options.Threads));

    private sealed class Measurement(RatioModel file, int threads) : IMeasurement
    {
        private readonly LoadedModel _loaded = new(file, 512, threads);
        private readonly GenerationOptions _options = LoadedModel.Greedy(2 * Tokens);

        public double Round(int round)
        {
            LlamaToken[] prompt = _loaded.Text(32);
            Bytes(prompt, 2 * Tokens);      // warm
            return (Bytes(prompt, 2 * Tokens) - Bytes(prompt, Tokens)) / (double)Tokens;
        }

        public void Dispose() => _loaded.Dispose();

        private long Bytes(LlamaToken[] prompt, int tokens)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            int seen = 0, bytes = 0;
            foreach (GeneratedPiece piece in _loaded.Generator.Generate(prompt, _options))
            {
                bytes += piece.Text.Length;
                if (++seen == tokens)
                    break;
            }
            long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            return seen == tokens && bytes > 0 ? allocated : throw new InvalidOperationException($"{seen} tokens were generated, not {tokens}.");
        }
    }
}
