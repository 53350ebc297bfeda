using System.Diagnostics;
using LlamaSpan.Native;

namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// The warm time to the first token over the least that it can take: one llama_decode through the bindings of the same 48 tokens, at the
/// same positions, over the same cached cells, and its logits.
/// </summary>
internal sealed class RagSuffix : IRatio
{
    public string Name => "rag.suffix";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsOfEngine
        select new RatioVariant($"{Name}.{model.Name}", "warm time to first token over a bare llama_decode of the 48 tokens", Goal.AtMost(1.15),
            () => new Measurement(model, options.Threads));

    private sealed unsafe class Measurement : Pair
    {
        private readonly RagTimes _warm;
        private readonly LoadedModel _bare;
        private readonly RagPrompts _prompts;

        public Measurement(RatioModel file, int threads)
        {
            _warm = new RagTimes(file, threads);
            _warm.Cold();
            _bare = new LoadedModel(file, RagPrompts.ContextSize, threads);
            _prompts = new RagPrompts(_bare);
            _bare.Context.Prefill(Sequence.Zero, _prompts.Next());
        }

        protected override double Numerator() => _warm.Warm();

        protected override double Denominator()
        {
            LlamaToken[] prompt = _prompts.Next();
            using LlamaContext.Operation operation = _bare.Context.Begin();
            NativeMethods.llama_memory_seq_rm(NativeMethods.llama_get_memory(operation.Context), 0, RagPrompts.Documents, -1);
            fixed (LlamaToken* tokens = prompt.AsSpan(RagPrompts.Documents))
            {
                long start = Stopwatch.GetTimestamp();
                int status = NativeMethods.llama_decode(operation.Context, NativeMethods.llama_batch_get_one((int*)tokens, RagPrompts.Question));
                float* logits = NativeMethods.llama_get_logits_ith(operation.Context, -1);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                return status == 0 && logits is not null ? seconds : throw new InvalidOperationException($"llama_decode returned {status}.");
            }
        }

        public override void Dispose()
        {
            _warm.Dispose();
            _bare.Dispose();
        }
    }
}
