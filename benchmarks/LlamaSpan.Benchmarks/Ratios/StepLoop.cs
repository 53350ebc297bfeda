namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>What runs in a process of its own under peers/step_clock.c: a plain decode loop without sampling.</summary>
internal static class StepLoop
{
    /// <summary>The command that starts it.</summary>
    public const string Verb = "step-loop";

    /// <summary>Steps at least.</summary>
    public const int Steps = 10_000;

    private const int ContextSize = 512;

    public static int Run(string model, int threads)
    {
        using LlamaModel loaded = LlamaModel.Load(model);
        using LlamaContext context = loaded.CreateContext(LoadedModel.Options(ContextSize, threads));
        double sum = 0;
        for (int done = 0; done < Steps + (2 * ContextSize);)
        {
            context.Cache.Remove(Sequence.Zero);
            for (int i = 0; i < ContextSize; i++, done++)
            {
                context.Prefill(Sequence.Zero, [new LlamaToken(i % 256)]);
                sum += context.Logits()[0];
            }
        }
        return double.IsFinite(sum) ? 0 : 1;
    }
}
