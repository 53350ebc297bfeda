namespace LlamaSpan;

/// <summary>
/// A grammar's mask caches, one a vocabulary; they keep no vocabulary alive. A ConditionalWeakTable would let the masks of a grammar that is gone live
/// on with the vocabulary until a finaliser has run, long enough to be moved to where garbage is seldom collected.
/// </summary>
internal sealed class MaskCaches
{
    private readonly List<(WeakReference<TokenTable> Table, MaskCache Cache)> _caches = [];

    /// <summary>The cache for a vocabulary, made when first asked for.</summary>
    public MaskCache Of(TokenTable table)
    {
        lock (_caches)
        {
            _caches.RemoveAll(static known => !known.Table.TryGetTarget(out _));
            foreach ((WeakReference<TokenTable> known, MaskCache cache) in _caches)
                if (known.TryGetTarget(out TokenTable? target) && target == table)
                    return cache.Use();
            var made = new MaskCache();
            _caches.Add((new WeakReference<TokenTable>(table), made));
            return made.Use();
        }
    }
}
