using System.Collections.Concurrent;

namespace LlamaSpan;

/// <summary>
/// Sequences in files of one folder, which several processes may share. A file is written beside and renamed, so that it is there whole or
/// not at all, whatever process dies; one that is damaged is removed when it is met. Files beyond the bound go, oldest use first.
/// </summary>
internal sealed class DiskTier : IDisposable
{
    private const string Extension = ".kv";
    private static readonly TimeSpan s_abandoned = TimeSpan.FromHours(1);

    private readonly string _folder;
    private readonly long _limit;
    private readonly UInt128 _key;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private readonly BlockIndex _index = new();
    private readonly BlockingCollection<StoredPrefix> _writes = [];
    private readonly object _room = new();
    private readonly long _queueLimit;
    private readonly Thread _writer;
    private long _queued;

    /// <param name="folder">Made if it is not there.</param>
    /// <param name="limit">Most bytes of all files.</param>
    /// <param name="key">What the states depend on: files of another key are left to their owners.</param>
    /// <param name="queueLimit">Most bytes of host memory for what waits to be written, unless one alone takes more.</param>
    /// <param name="warn">Told of files that were damaged or could not be written.</param>
    internal DiskTier(string folder, long limit, UInt128 key, long queueLimit, Action<string> warn)
    {
        (_folder, _limit, _key, _queueLimit, _warn) = (folder, limit, key, queueLimit, warn);
        Directory.CreateDirectory(folder);
        RemoveAbandoned();
        foreach (string path in Directory.EnumerateFiles(folder, $"*{Extension}"))
            Read(path);
        _writer = new Thread(WriteAll) { Name = "LlamaSpan disk tier", IsBackground = true };
        _writer.Start();
    }

    /// <summary>The stored prefix that has most of a prompt's beginning, and how much.</summary>
    internal (StoredPrefix? Prefix, int Length) Find(string name, ReadOnlySpan<LlamaToken> tokens)
    {
        lock (_gate)
            return _index.Find(name, tokens);
    }

    /// <summary>Bytes that wait to be written.</summary>
    internal long Queued => Interlocked.Read(ref _queued);

    /// <summary>Hands a prefix over to be written; its saved cells are freed then.</summary>
    /// <param name="prefix">In host memory.</param>
    /// <param name="wait">True to wait for room in the queue; else the prefix is dropped if the disk is too slow.</param>
    internal void Write(StoredPrefix prefix, bool wait)
    {
        lock (_room)
        {
            while (wait && !HasRoom(prefix))
                Monitor.Wait(_room);
            if (!HasRoom(prefix))
            {
                prefix.Saved!.Dispose();
                return;
            }
            _queued += prefix.Size;
        }
        _writes.Add(prefix);
    }

    /// <summary>Opens a prefix's file; null if it is gone or damaged.</summary>
    internal PrefixFile? Open(StoredPrefix prefix)
    {
        try
        {
            PrefixFile file = PrefixFile.Open(prefix.Path!, _key);
            Touch(prefix.Path!);
            return file;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Forget(prefix, error);
            return null;
        }
    }

    /// <summary>Reads a prefix's file and checks it, on any thread; null if it is gone or damaged.</summary>
    internal SavedSequence? Fetch(StoredPrefix prefix)
    {
        using PrefixFile? file = Open(prefix);
        if (file is null)
            return null;
        SavedSequence saved = SavedSequence.Copy(file.State, prefix.Tokens.Length, prefix.Peak);
        try
        {
            LlamaContext.CheckState(saved.Bytes, _key);
            return saved;
        }
        catch (StateException error)
        {
            saved.Dispose();
            Forget(prefix, error);
            return null;
        }
    }

    /// <summary>Takes a prefix out and removes its file: it cannot be used.</summary>
    internal void Forget(StoredPrefix prefix, Exception reason)
    {
        lock (_gate)
            _index.Remove(prefix);
        if (reason is not FileNotFoundException)
            Discard(prefix.Path!, reason.Message);
    }

    /// <summary>Writes what is waiting and ends.</summary>
    public void Dispose()
    {
        _writes.CompleteAdding();
        _writer.Join();
        _writes.Dispose();
    }

    private bool HasRoom(StoredPrefix prefix) => _queued == 0 || _queued + prefix.Size <= _queueLimit;

    private void WriteAll()
    {
        foreach (StoredPrefix prefix in _writes.GetConsumingEnumerable())
        {
            try
            {
                string path = Path.Combine(_folder, $"{PrefixFile.NameOf(_key, prefix):x32}{Extension}");
                if (!File.Exists(path))
                    PrefixFile.Write(path, _key, prefix);
                lock (_gate)
                    _index.Add(prefix with { Path = path, Saved = null });      // the saved cells go when they are written
                Shrink();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Warn($"The cache's folder {_folder} could not be written: {error.Message}");
            }
            finally
            {
                prefix.Saved!.Dispose();
                lock (_room)
                {
                    _queued -= prefix.Size;
                    Monitor.Pulse(_room);
                }
            }
        }
    }

    private void Read(string path)
    {
        try
        {
            using PrefixFile file = PrefixFile.Open(path, _key);
            _index.Add(file.Describe());
        }
        catch (Exception error) when (error is PrefixFile.ForeignKeyException or FileNotFoundException)
        {
            // another model's, or removed by another process a moment ago
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Discard(path, error.Message);
        }
    }

    /// <summary>What was used last goes last.</summary>
    private static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // another process has removed it; what is mapped of it stays
        }
    }

    private void Warn(string message)
    {
        try
        {
            _warn(message);
        }
        catch
        {
            // the listener's own affair, and no reason for the engine or this thread to end
        }
    }

    private void Discard(string path, string why)
    {
        Warn($"{path} is not usable and was removed: {why}");
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // another process has it open, or removed it
        }
    }

    /// <summary>Removes the files used longest ago until the rest keeps the bound; what other processes removed meanwhile is no matter.</summary>
    private void Shrink()
    {
        FileInfo[] files = [.. new DirectoryInfo(_folder).EnumerateFiles($"*{Extension}").Where(file => file.Exists).OrderBy(file => file.LastWriteTimeUtc)];
        long total = files.Sum(file => file.Length);
        foreach (FileInfo file in files)
        {
            if (total <= _limit)
                return;
            total -= file.Length;
            try
            {
                file.Delete();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // in use elsewhere
            }
        }
    }

    /// <summary>Removes what processes that died left half written.</summary>
    private void RemoveAbandoned()
    {
        foreach (FileInfo file in new DirectoryInfo(_folder).EnumerateFiles($"*{AtomicFile.TemporaryExtension}"))
            if (file.Exists && DateTime.UtcNow - file.LastWriteTimeUtc > s_abandoned)
                Discard(file.FullName, "it was never finished");
    }
}
