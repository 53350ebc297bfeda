using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Looks into a running engine: keeps the logits of every request, and compares its accounting with llama.cpp's positions after each step.</summary>
internal sealed class EngineProbe
{
    private readonly LlamaEngine _engine;
    private readonly List<string> _differences = [];

    internal EngineProbe(LlamaEngine engine)
    {
        _engine = engine;
        engine.Loop.StepObserver = Check;
    }

    /// <summary>Steps so far.</summary>
    internal int Steps { get; private set; }

    /// <summary>Tokens of all steps: what was sent to llama_decode, as long as none failed.</summary>
    internal int Tokens { get; private set; }

    /// <summary>Most requests that ran at once.</summary>
    internal int MostRunning { get; private set; }

    /// <summary>Fails if the accounting ever differed.</summary>
    internal void AssertAccounting() => Assert.Empty(_differences);

    private void Check()
    {
        Steps++;
        Tokens += _engine.Loop.StepWidth;
        MostRunning = Math.Max(MostRunning, _engine.Loop.Scheduler.Running.Count);
        SequenceCache cache = _engine.Loop.Cache;
        KvCache cells = _engine.Context.Cache;
        HashSet<int> known = [];
        foreach (CachedSequence sequence in cache.Running.Concat(cache.Kept))
        {
            known.Add(sequence.Sequence.Id);
            int last = cells.LastPosition(sequence.Sequence), first = cells.FirstPosition(sequence.Sequence);
            if (last + 1 != sequence.Total || sequence.Settled != sequence.Total)
                Report($"{sequence.Sequence} has {last + 1} cells, {sequence.Total} are expected, {sequence.Settled} settled");
            if (cache.Rules is { Recurrent: false, Window: 0 } && last >= 0 && first != 0)
                Report($"{sequence.Sequence} begins at {first}");
            if (cache.Rules is { Recurrent: false, Window: > 0 and int window } && last >= 0 && first > Math.Max(0, last + 2 - window))
                Report($"{sequence.Sequence} begins at {first}, of the window of {window} that ends at {last + 1} something is missing");
            if (sequence.Length > sequence.Total)
                Report($"{sequence.Sequence} has {sequence.Length} tokens in the tree, {sequence.Total} cells");
        }
        known.UnionWith(cache.MovedSequences.Select(sequence => sequence.Id));
        for (int id = 0; id < _engine.Context.MaxSequences; id++)
            if (!known.Contains(id) && cells.LastPosition(new Sequence(id)) >= 0)
                Report($"free sequence {id} has cells");
        if (cache.UsedCells > cache.Capacity || cache.LockedCells > cache.UsedCells)
            Report($"{cache.UsedCells} cells used, {cache.LockedCells} locked, of {cache.Capacity}");
    }

    private void Report(string difference)
    {
        if (_differences.Count < 10)
            _differences.Add($"step {Steps}: {difference}");
    }
}
