namespace LlamaSpan;

/// <summary>
/// The sequence ids of a context, budgeted apart: so many for running requests, so many for what is kept in the cache, one to work with.
/// </summary>
internal sealed class SequencePool
{
    private readonly PriorityQueue<int, int> _free;      // the lowest first, so that those in use lie side by side
    private int _running, _kept;

    internal SequencePool(int running, int kept)
    {
        (RunningLimit, KeptLimit, Scratch) = (running, kept, new Sequence(running + kept));
        _free = new PriorityQueue<int, int>(Enumerable.Range(0, running + kept).Select(id => (id, id)));
    }

    internal int RunningLimit { get; }

    internal int KeptLimit { get; }

    /// <summary>Ids in all.</summary>
    internal int Size => Scratch.Id + 1;

    /// <summary>The id that is empty between operations; a context has it where cells are exchanged between sequences.</summary>
    internal Sequence Scratch { get; }

    internal bool CanRun => _running < RunningLimit;

    internal bool CanKeep => _kept < KeptLimit;

    internal Sequence TakeForRunning()
    {
        if (!CanRun)
            throw new InvalidOperationException($"All {RunningLimit} sequences for running requests are taken.");
        _running++;
        return new Sequence(_free.Dequeue());
    }

    /// <summary>Takes one of the ids for what is kept.</summary>
    internal Sequence TakeForKeeping()
    {
        if (!CanKeep)
            throw new InvalidOperationException($"All {KeptLimit} sequences for the cache are taken.");
        _kept++;
        return new Sequence(_free.Dequeue());
    }

    /// <summary>A running request's id becomes one that is kept.</summary>
    internal void Keep()
    {
        if (!CanKeep)
            throw new InvalidOperationException($"All {KeptLimit} sequences for the cache are taken.");
        (_running, _kept) = (_running - 1, _kept + 1);
    }

    internal void Return(Sequence sequence, bool running)
    {
        _running -= running ? 1 : 0;
        _kept -= running ? 0 : 1;
        _free.Enqueue(sequence.Id, sequence.Id);
    }
}
