namespace LlamaSpan;

/// <summary>
/// Where cells go that the context has no room for: host memory, and from there, or at the end, a folder. Both are bounded; what is worth
/// least goes first. Used by the context's owner alone.
/// </summary>
internal sealed class CacheTiers(LlamaContext context, long hostLimit, DiskTier? disk) : IPrefixStore
{
    /// <summary>Fewer tokens are computed sooner than they are stored.</summary>
    private const int FewestTokens = 2 * BlockIndex.BlockSize;

    private readonly BlockIndex _index = new();
    private readonly List<StoredPrefix> _host = [];

    /// <summary>Bytes in host memory.</summary>
    internal long HostBytes { get; private set; }

    /// <summary>Sequences in host memory.</summary>
    internal int HostCount => _host.Count;

    public void Offer(CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens, long now)
    {
        if (tokens.Length < FewestTokens || Find(name, tokens).Length == tokens.Length)
            return;
        if (SavedSequence.Save(context, sequence, disk is null ? hostLimit : int.MaxValue) is not { } saved)
            return;
        Add(new StoredPrefix(name, tokens.ToArray(), sequence.Peak) { Saved = saved, Size = saved.Size, Use = sequence.Node.Use with { Last = now } }, now);
    }

    public (StoredPrefix? Prefix, int Length) Find(string name, ReadOnlySpan<LlamaToken> tokens)
    {
        (StoredPrefix? Prefix, int Length) host = _index.Find(name, tokens);
        if (disk is null)
            return host;
        (StoredPrefix? Prefix, int Length) file = disk.Find(name, tokens);
        return file.Length > host.Length ? file : host;
    }

    public bool Load(StoredPrefix prefix, Sequence sequence, long now)
    {
        prefix.Use = new PrefixUse(prefix.Use.Count + 1, now);
        try
        {
            if (prefix.Saved is { } saved)
            {
                context.LoadState(sequence, saved.Bytes);
                return true;
            }
            using PrefixFile? file = disk!.Open(prefix);
            if (file is null)
                return false;
            context.LoadState(sequence, file.State);
            return true;
        }
        catch (StateException error)
        {
            if (prefix.Saved is not null)
                Remove(prefix);
            else
                disk!.Forget(prefix, error);
            return false;
        }
    }

    /// <summary>Frees the host memory; what is there goes to the disk first.</summary>
    public void Dispose()
    {
        while (_host.Count > 0)
            Demote(_host[^1]);
        disk?.Dispose();
    }

    private void Add(StoredPrefix prefix, long now)
    {
        _host.Add(prefix);
        _index.Add(prefix);
        HostBytes += prefix.Size;
        while (HostBytes > hostLimit)
            Demote(_host.MinBy(stored => stored.Value(now))!);
    }

    private void Demote(StoredPrefix prefix)
    {
        _host.Remove(prefix);
        _index.Remove(prefix);
        HostBytes -= prefix.Size;
        if (disk is not null)
            disk.Write(prefix);
        else
            prefix.Saved!.Dispose();
    }

    private void Remove(StoredPrefix prefix)
    {
        _host.Remove(prefix);
        _index.Remove(prefix);
        HostBytes -= prefix.Size;
        prefix.Saved!.Dispose();
    }
}
