namespace LlamaSpan;

/// <summary>The tokens of one step, and whose they are.</summary>
internal sealed class StepBatch(int capacity) : IDisposable
{
    private readonly List<EngineRequest> _requests = [];

    internal LlamaBatch Tokens { get; } = new(capacity);

    internal IReadOnlyList<EngineRequest> Requests => _requests;

    internal int Count => Tokens.Count;

    /// <summary>True if no prompt is in it.</summary>
    internal bool HoldsStreamsOnly { get; private set; }

    internal int Room => Tokens.Capacity - Tokens.Count;

    internal void Clear()
    {
        foreach (EngineRequest request in _requests)
        {
            request.Scheduled = default;
            request.KeepDrafted(0);
        }
        _requests.Clear();
        Tokens.Clear();
        HoldsStreamsOnly = true;
    }

    /// <summary>Adds tokens of a request behind those it has computed, and what it guesses behind them.</summary>
    internal void Add(EngineRequest request, int count)
    {
        HoldsStreamsOnly &= request.IsStreaming;
        int from = request.Computed, index = Tokens.Count;
        ReadOnlySpan<LlamaToken> tokens = request.Tokens.Slice(from, count);
        for (int i = 0; i < count; i++)
            Tokens.Add(tokens[i], from + i, request.Sequence!.Sequence, output: from + i >= request.FirstOutput);
        foreach (LlamaToken guess in request.Drafted)
            Tokens.Add(guess, from + count++, request.Sequence!.Sequence, output: true);
        request.Scheduled = (index, count);
        _requests.Add(request);
    }

    public void Dispose() => Tokens.Dispose();
}
