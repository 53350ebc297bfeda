namespace LlamaSpan.Benchmarks.Ratios.Rows;

/// <summary>
/// Time to the first token of a question over passages that were computed in another order: nothing cached over passages that are moved,
/// with 16 tokens of each computed anew.
/// </summary>
internal sealed class RagReordered : IRatio
{
    private const int Recomputed = 16;

    public string Name => "rag.reordered";

    public IEnumerable<RatioVariant> Variants(RatioOptions options) =>
        from model in options.ModelsOfEngine
        select new RatioVariant($"{Name}.{model.Name}", $"time to first token, documents in another order: cold over moved, {Recomputed} tokens of each recomputed",
            Goal.AtLeast(5), () => new ColdOverMoved(model, options.Threads, Recomputed));
}
