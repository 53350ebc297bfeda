namespace LlamaSpan;

/// <summary>
/// Where cells go that the context has no room for: host memory, and from there, or at the end, a folder. Both are bounded; what is worth
/// least goes first. Used by the context's owner alone.
/// </summary>
internal sealed class CacheTiers(LlamaContext context, long hostLimit, DiskTier? disk, long fetchLimit) : IPrefixStore
{
    /// <summary>Fewer tokens are computed sooner than they are stored.</summary>
    private const int FewestTokens = 2 * BlockIndex.BlockSize;

    private readonly BlockIndex _index = new();
    private readonly List<StoredPrefix> _host = [];
    private readonly List<StoredPrefix> _fetched = [];      // files that are, or will be, in host memory too

    /// <summary>Bytes in host memory.</summary>
    internal long HostBytes { get; private set; }

    /// <summary>Files that were loaded out of host memory, having been read on another thread.</summary>
    internal int Fetched { get; private set; }

    /// <summary>Files that were read while the context waited.</summary>
    internal int ReadInPlace { get; private set; }

    public void Offer(CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens, long now, bool wait)
    {
        if (tokens.Length < FewestTokens || Find(name, tokens).Length == tokens.Length)
            return;
        if (SavedSequence.Save(context, sequence, disk is null ? hostLimit : int.MaxValue) is not { } saved)
            return;
        Add(new StoredPrefix(name, tokens.ToArray(), sequence.Peak) { Saved = saved, Size = saved.Size, Use = sequence.Node.Use with { Last = now } }, now, wait);
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
                context.LoadCheckedState(sequence, saved.Bytes);
                return true;
            }
            if (prefix.Fetch is { IsCompleted: true })
                return LoadFetched(prefix, sequence);
            using PrefixFile? file = disk!.Open(prefix);
            if (file is null)
                return false;
            context.LoadState(sequence, file.State);
            ReadInPlace++;
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

    public bool Prefetch(string name, ReadOnlySpan<LlamaToken> tokens, int have, Action done)
    {
        if (Find(name, tokens) is not ({ Path: not null } prefix, var length) || length < have + BlockIndex.BlockSize)
            return false;
        if (prefix.Fetch is null)
        {
            if (!MakeRoomToFetch(prefix.Size))
                return false;
            prefix.Fetch = Task.Run(() => disk!.Fetch(prefix));
            _fetched.Add(prefix);
        }
        prefix.Fetch.ContinueWith(static (_, state) => ((Action)state!)(), done, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return true;
    }

    /// <summary>Frees the host memory; what is there goes to the disk first.</summary>
    public void Dispose()
    {
        foreach (StoredPrefix prefix in _fetched)
            Take(prefix)?.Dispose();
        _fetched.Clear();
        while (_host.Count > 0)
            Demote(_host[^1], wait: true);
        disk?.Dispose();
    }

    private bool LoadFetched(StoredPrefix prefix, Sequence sequence)
    {
        _fetched.Remove(prefix);
        using SavedSequence? saved = Take(prefix);
        if (saved is null)
            return false;
        context.LoadCheckedState(sequence, saved.Bytes);
        Fetched++;
        return true;
    }

    /// <summary>What was fetched of a file, once it is there; null if it could not be.</summary>
    private static SavedSequence? Take(StoredPrefix prefix)
    {
        Task<SavedSequence?> fetch = prefix.Fetch!;
        prefix.Fetch = null;
        ((IAsyncResult)fetch).AsyncWaitHandle.WaitOne();
        return fetch.IsCompletedSuccessfully ? fetch.Result : null;
    }

    /// <summary>Forgets what was fetched first and is not needed any more, it seems, until there is room for so many bytes.</summary>
    private bool MakeRoomToFetch(long bytes)
    {
        while (_fetched.Sum(prefix => prefix.Size) + bytes > fetchLimit)
        {
            if (_fetched.Find(prefix => prefix.Fetch!.IsCompleted) is not { } oldest)
                return false;
            _fetched.Remove(oldest);
            Take(oldest)?.Dispose();
        }
        return true;
    }

    private void Add(StoredPrefix prefix, long now, bool wait)
    {
        _host.Add(prefix);
        _index.Add(prefix);
        HostBytes += prefix.Size;
        while (HostBytes > hostLimit)
            Demote(_host.MinBy(stored => stored.Value(now))!, wait);
    }

    private void Demote(StoredPrefix prefix, bool wait)
    {
        _host.Remove(prefix);
        _index.Remove(prefix);
        HostBytes -= prefix.Size;
        if (disk is not null)
            disk.Write(prefix, wait);
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
