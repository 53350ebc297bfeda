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

    internal LlamaContext Context => _embedder.Context;

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
            if (_packed.Count > 0)
                Compute(_packed);
        foreach (EmbeddingJob job in _packed.Concat(_jobs))
            job.Fail(Stopped());
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
                    job.Cancel();
                    continue;
                }
                job.Begin();
                room -= job.Tokens.Length;
                _packed.Add(job);
            }
            return !_stopping;
        }
    }

    /// <summary>Computes texts together; where that fails one by one, so that a text fails by itself alone.</summary>
    private void Compute(IReadOnlyList<EmbeddingJob> jobs)
    {
        float[][] outputs;
        try
        {
            outputs = _embedder.Compute([.. jobs.Select(job => job.Tokens)]);
        }
        catch (Exception error)
        {
            if (jobs.Count == 1)
                jobs[0].Fail(error);
            else
                foreach (EmbeddingJob job in jobs)
                    Compute([job]);
            return;
        }
        _recording?.Enqueue(RecordedTexts.Of(jobs.Select(job => job.Tokens), outputs));
        for (int i = 0; i < jobs.Count; i++)
            jobs[i].Complete(outputs[i]);
    }
}
