namespace LlamaSpan;

/// <summary>A context whose micro-batch takes whole texts, to embed or rank them: each in a sequence of its own, forgotten at once.</summary>
internal sealed class TextEmbedder : IDisposable
{
    private const int TextsAtOnce = 32;

    private readonly LlamaContext _context;
    private readonly LlamaBatch _batch;

    private TextEmbedder(LlamaContext context) => (_context, _batch) = (context, new LlamaBatch(context.MicroBatchSize));

    /// <summary>The longest text, in tokens.</summary>
    internal int LongestText => Math.Min(_context.MicroBatchSize, _context.SequenceSize);

    /// <summary>Most tokens of a batch of texts, and most texts.</summary>
    internal int Capacity => _batch.Capacity;

    internal int MaxTexts => _context.MaxSequences;

    internal Pooling Pooling => _context.Pooling;

    internal LlamaContext Context => _context;

    /// <summary>Pools as the model says, by the mean where it says nothing.</summary>
    /// <exception cref="ContextException">The context could not be made.</exception>
    internal static TextEmbedder Make(LlamaModel model, ContextOptions like)
    {
        int size = like.MicroBatchSize;
        ContextOptions options = like with
        {
            ContextSize = size,
            BatchSize = size,
            MicroBatchSize = size,
            MaxSequences = TextsAtOnce,
            Embeddings = true,
            UnifiedCache = true,
        };
        LlamaContext context = model.CreateContext(options);
        if (context.Pooling != Pooling.None)
            return new TextEmbedder(context);
        context.Dispose();
        return new TextEmbedder(model.CreateContext(options with { Pooling = Pooling.Mean }));
    }

    /// <summary>For each text its output.</summary>
    /// <exception cref="DecodeException">The computation failed.</exception>
    internal float[][] Compute(IReadOnlyList<LlamaToken[]> texts)
    {
        _batch.Clear();
        _context.Cache.Clear();
        for (int i = 0; i < texts.Count; i++)
            foreach ((int position, LlamaToken token) in texts[i].Index())
                _batch.Add(token, position, new Sequence(i), output: true);
        if (_context.HasCache)
            _context.Decode(_batch);
        else
            _context.Encode(_batch);
        return [.. Enumerable.Range(0, texts.Count).Select(i => _context.Embeddings(new Sequence(i)).ToArray())];
    }

    public void Dispose()
    {
        _batch.Dispose();
        _context.Dispose();
    }
}
