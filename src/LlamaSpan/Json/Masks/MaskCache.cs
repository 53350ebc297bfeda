using System.Collections.Concurrent;

namespace LlamaSpan;

/// <summary>
/// Memoised masks of one grammar and one vocabulary, keyed by what a head is within and by as many of the frames around it as the tokens can
/// return to. Reads take no lock. The masks of all the process's caches together are bounded: at the bound those used longest ago start afresh.
/// </summary>
internal sealed class MaskCache
{
    private const long MaxBytes = 256 << 20;
    private const int EntryBytes = 300; // beside its arrays

    private static long _allBytes;

    private static readonly List<WeakReference<MaskCache>> All = [];

    private static long _clock;

    private ConcurrentDictionary<(Node, int, int, int), Level> _levels = new();
    private long _bytes;
    private long _lastUse;

    public MaskCache()
    {
        lock (All)
            All.Add(new WeakReference<MaskCache>(this));
    }

    /// <summary>Notes that a sequence begins to use it.</summary>
    public MaskCache Use()
    {
        _lastUse = Interlocked.Increment(ref _clock);
        return this;
    }

    public MaskEntry? Find(Tape tape, in Head head, int b)
    {
        if (!_levels.TryGetValue((head.Node, head.A, b, head.C), out Level? level))
            return null;
        int frame = head.Frame;
        while (level.Entry is null)
        {
            if (level.ByParent is null || frame < 0)
                return null;
            Frame f = tape.FrameAt(frame);
            if (!level.ByParent.TryGetValue(f.Next, out level))
                return null;
            frame = f.Parent;
        }
        return level.Entry;
    }

    public void Add(Tape tape, in Head head, int b, MaskEntry entry)
    {
        Take(EntryBytes + (4L * (entry.Tokens.Length + entry.Sensitive.Length)) + (entry.OwnsBase ? 8L * entry.Base!.Length : 0));
        Level level = _levels.GetOrAdd((head.Node, head.A, b, head.C), static _ => new Level());
        int frame = head.Frame;
        for (int i = 0; i < entry.Frames; i++)
        {
            Frame f = tape.FrameAt(frame);
            level = level.Children.GetOrAdd(f.Next, static _ => new Level());
            frame = f.Parent;
        }
        level.Entry = entry;
    }

    private void Take(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        if (Interlocked.Add(ref _allBytes, bytes) > MaxBytes)
            Sweep();
    }

    /// <summary>Counts anew what is still in use, and empties those used longest ago until half of the bound is left.</summary>
    private static void Sweep()
    {
        lock (All)
        {
            if (Interlocked.Read(ref _allBytes) <= MaxBytes)
                return; // another thread was faster
            var live = new List<MaskCache>();
            All.RemoveAll(known => !known.TryGetTarget(out _));
            foreach (WeakReference<MaskCache> known in All)
                if (known.TryGetTarget(out MaskCache? cache))
                    live.Add(cache);
            live.Sort(static (a, b) => a._lastUse.CompareTo(b._lastUse));
            long left = live.Sum(cache => Interlocked.Read(ref cache._bytes));
            foreach (MaskCache cache in live)
            {
                if (left <= MaxBytes / 2)
                    break;
                left -= Interlocked.Exchange(ref cache._bytes, 0);
                cache._levels = new();
            }
            Interlocked.Exchange(ref _allBytes, left);
        }
    }

    private sealed class Level
    {
        private ConcurrentDictionary<Node, Level>? _byParent;

        public MaskEntry? Entry { get; set; }

        public ConcurrentDictionary<Node, Level>? ByParent => Volatile.Read(ref _byParent);

        public ConcurrentDictionary<Node, Level> Children =>
            ByParent ?? Interlocked.CompareExchange(ref _byParent, new ConcurrentDictionary<Node, Level>(1, 3), null) ?? ByParent!;
    }
}
