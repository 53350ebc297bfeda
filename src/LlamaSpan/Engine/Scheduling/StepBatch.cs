namespace LlamaSpan;

/// <summary>The tokens of one step, and whose they are.</summary>
/// <param name="capacity">Most tokens.</param>
/// <param name="inOrder">
/// True to put them in the order of their sequences: where each has a buffer of its own, llama.cpp computes at once what stands in sequences side
/// by side (llama-batch.cpp, split_equal).
/// </param>
internal sealed class StepBatch(int capacity, bool inOrder) : IDisposable
{
    private static readonly Comparison<EngineRequest> s_bySequence = static (a, b) => a.Sequence!.Sequence.Id - b.Sequence!.Sequence.Id;

    private readonly List<EngineRequest> _requests = [];

    internal LlamaBatch Tokens { get; } = new(capacity);

    internal IReadOnlyList<EngineRequest> Requests => _requests;

    internal int Count { get; private set; }

    /// <summary>True if no prompt is in it.</summary>
    internal bool HoldsStreamsOnly { get; private set; }

    internal int Room => Tokens.Capacity - Count;

    internal void Clear()
    {
        foreach (EngineRequest request in _requests)
        {
            request.Scheduled = default;
            request.KeepDrafted(0);
        }
        _requests.Clear();
        Tokens.Clear();
        Count = 0;
        HoldsStreamsOnly = true;
    }

    /// <summary>Takes in tokens of a request behind those it has computed, and what it guesses behind them.</summary>
    internal void Add(EngineRequest request, int count)
    {
        HoldsStreamsOnly &= request.IsStreaming;
        count += request.Drafted.Length;
        request.Scheduled = (Count, count);
        Count += count;
        _requests.Add(request);
    }

    /// <summary>Writes the tokens, when all are taken in and their sequences count them.</summary>
    internal void Write()
    {
        if (inOrder)
            _requests.Sort(s_bySequence);
        foreach (EngineRequest request in _requests)
        {
            int index = Tokens.Count, count = request.Scheduled.Count;
            int from = request.Computed - count, known = request.Computed - request.Drafted.Length;
            ReadOnlySpan<LlamaToken> tokens = request.Tokens[from..known];
            for (int i = 0; i < tokens.Length; i++)
                Tokens.Add(tokens[i], from + i, request.Sequence!.Sequence, output: from + i >= request.FirstOutput);
            foreach (LlamaToken guess in request.Drafted)
                Tokens.Add(guess, known++, request.Sequence!.Sequence, output: true);
            request.Scheduled = (index, count);
        }
    }

    public void Dispose() => Tokens.Dispose();
}
