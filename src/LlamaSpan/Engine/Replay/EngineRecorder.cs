using System.Numerics.Tensors;

namespace LlamaSpan;

/// <summary>Writes down what an engine does, step by step. Used on the engine's thread.</summary>
internal sealed class EngineRecorder
{
    private readonly HashSet<long> _known = [];
    private readonly Dictionary<string, int> _masks = [];
    private RecordedStep _step = new();
    private int _looks;

    internal List<RecordedRequest> Requests { get; } = [];

    internal List<RecordedStep> Steps { get; } = [];

    /// <summary>Each different set of tokens that a constraint allowed.</summary>
    internal List<string> Masks => [.. _masks.OrderBy(mask => mask.Value).Select(mask => mask.Key)];

    /// <summary>A request comes in; to be called before it is scheduled.</summary>
    internal void Submitted(EngineRequest request)
    {
        request.Appended = [];
        _known.Add(request.Number);
        Requests.Add(request.Describe());
        _step.Events.Add(new RecordedEvent(RecordedAction.Submit, request.Number));
    }

    /// <summary>It was scheduled, and may have tokens appended already.</summary>
    internal void Began(EngineRequest request)
    {
        if (request.Appended is { Count: > 0 } || request.IsFinished)
            _step.Outputs.Add(new RecordedOutput(request.Number, -1, -1, 0, -1, Take(request), request.IsFinished));
    }

    internal void Event(RecordedAction action, long request)
    {
        if (request == 0 || _known.Contains(request))
            _step.Events.Add(new RecordedEvent(action, request));
    }

    /// <summary>A batch is made.</summary>
    internal void Planned(StepBatch batch, RequestQueue running, RequestQueue waiting)
    {
        foreach (EngineRequest request in batch.Requests)
        {
            int[] guesses = Ids(request.Drafted);
            _step.Batch.Add(new RecordedShare(request.Number, request.Computed - request.Scheduled.Count, request.Scheduled.Count, guesses));
        }
        Pauses(running);
        Pauses(waiting);
    }

    /// <summary>Something was looked for outside the context.</summary>
    internal void Looked(StoredPrefix? found, int length)
    {
        if (found is not null)
            _step.Finds.Add(new RecordedFind(_looks, Ids(found.Tokens), length, found.Peak));
        _looks++;
    }

    internal void Failed(DecodeFailure reason) => _step.Failure = reason;

    /// <summary>An output was taken.</summary>
    internal void Took(EngineRequest request, int index, ReadOnlySpan<float> logits, bool done)
    {
        int best = TensorPrimitives.IndexOfMax(logits);
        _step.Outputs.Add(new RecordedOutput(request.Number, index, best, logits[best], request.Drawn.Id, Take(request), done, MaskOf(request)));
    }

    private int MaskOf(EngineRequest request)
    {
        if (request.Allowed is not { } allowed)
            return -1;
        string mask = AllowedTokens.Write(allowed);
        if (!_masks.TryGetValue(mask, out int number))
            _masks.Add(mask, number = _masks.Count);
        return number;
    }

    /// <summary>Ends a step.</summary>
    internal RecordedStep EndStep()
    {
        RecordedStep step = _step;
        Steps.Add(step);
        (_step, _looks) = (new RecordedStep(), 0);
        return step;
    }

    private void Pauses(RequestQueue queue)
    {
        for (int i = 0; i < queue.Count; i++)
            if (queue[i].IsPaused)
                _step.Paused.Add(queue[i].Number);
    }

    private static int[] Take(EngineRequest request)
    {
        int[] taken = request.Appended is { } appended ? [.. appended.Select(token => token.Id)] : [];
        request.Appended?.Clear();
        return taken;
    }

    internal static int[] Ids(ReadOnlySpan<LlamaToken> tokens)
    {
        int[] ids = new int[tokens.Length];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = tokens[i].Id;
        return ids;
    }
}
