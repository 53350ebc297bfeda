using System.Collections.Concurrent;

namespace LlamaSpan;

/// <summary>
/// The engine's second context, for embeddings and ranks: a thread that packs the texts that are waiting into one batch, each in a sequence
/// of its own. Nothing stays in its cache.
/// </summary>
internal sealed class EmbeddingLoop
{
    private readonly object _gate = new();
    private readonly Queue<EmbeddingJob> _jobs = [];
    private readonly List<EmbeddingJob> _packed = [];
    private readonly TextEmbedder _embedder;
    private readonly Thread _thread;
    private volatile ConcurrentQueue<RecordedTexts>? _recording;
    private bool _stopping;

    internal EmbeddingLoop(TextEmbedder embedder)
    {
        _embedder = embedder;
        _thread = new Thread(Run) { Name = "LlamaEngine embeddings", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The longest text, in tokens.</summary>
    internal int LongestText => _embedder.LongestText;

    internal Pooling Pooling => _embedder.Pooling;

    /// <summary>Writes down what it computes from now on; null for nothing.</summary>
    internal void Record(ConcurrentQueue<RecordedTexts>? into) => _recording = into;

    internal void Submit(IEnumerable<EmbeddingJob> jobs)
    {
        lock (_gate)
        {
            if (_stopping)
                throw Stopped();
            foreach (EmbeddingJob job in jobs)
                _jobs.Enqueue(job);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread and frees the context; what waits fails.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }
        _thread.Join();
        _embedder.Dispose();
    }

    private static RequestException Stopped() => new(RequestFailure.EngineStopped, "The engine was disposed.");

    private void Run()
    {
        while (Pack())
        {
            try
            {
                Compute();
            }
            catch (Exception error)
            {
                foreach (EmbeddingJob job in _packed)
                    job.Done.TrySetException(error);
            }
        }
        foreach (EmbeddingJob job in _packed.Concat(_jobs))
            job.Done.TrySetException(Stopped());
    }

    /// <summary>Waits for texts and takes as many as fit a micro-batch; false at the end.</summary>
    private bool Pack()
    {
        _packed.Clear();
        int room = _embedder.Capacity;
        lock (_gate)
        {
            while (_jobs.Count == 0 && !_stopping)
                Monitor.Wait(_gate);
            while (!_stopping && _packed.Count < _embedder.MaxTexts && _jobs.TryPeek(out EmbeddingJob? job) && job.Tokens.Length <= room)
            {
                _jobs.Dequeue();
                if (job.Cancellation.IsCancellationRequested)
                {
                    job.Done.TrySetCanceled(job.Cancellation);
                    continue;
                }
                room -= job.Tokens.Length;
                _packed.Add(job);
            }
            return !_stopping;
        }
    }

    private void Compute()
    {
        if (_packed.Count == 0)
            return;
        float[][] outputs = _embedder.Compute([.. _packed.Select(job => job.Tokens)]);
        _recording?.Enqueue(RecordedTexts.Of(_packed.Select(job => job.Tokens), outputs));
        for (int i = 0; i < _packed.Count; i++)
            _packed[i].Done.TrySetResult(outputs[i]);
    }
}
