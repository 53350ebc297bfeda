namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>Time to the first token of a question over passages in another order: nothing cached over passages that are moved.</summary>
internal sealed class ColdOverMoved(RatioModel file, int threads, int recomputed) : Pair
{
    private readonly ReorderedRag _rag = new(file, threads);
    private ReorderedRag.RealPrompt? _prompt;

    // the passages stay as they were cached, so both sides can be had again and again
    private ReorderedRag.RealPrompt Prompt => _prompt ??= _rag.Warm(0, together: true);

    /// <inheritdoc/>
    public override void Dispose() => _rag.Dispose();

    /// <inheritdoc/>
    protected override double Numerator() => _rag.Cold(Prompt);

    /// <inheritdoc/>
    protected override double Denominator() => _rag.Moved(Prompt, recomputed);
}
