namespace LlamaSpan;

/// <summary>What of a sequence's cells another may take, or it may give back, without missing history.</summary>
/// <param name="Recurrent">
/// True if the model has a recurrent state: only a whole sequence can be copied, none can be shortened, and copies take cells of their own.
/// </param>
/// <param name="Window">
/// The sliding window, 0 without one. llama.cpp gives cells that only one sequence has, and that lie behind its window, to others, also in
/// a cache of full size (llama-kv-cache.cpp, find_slot): a sequence that reached the window's length can be continued, not cut.
/// </param>
internal readonly record struct ReuseRules(bool Recurrent, int Window)
{
    /// <summary>Whether the first <paramref name="length"/> tokens of a sequence are all there and can be had alone.</summary>
    internal bool CanTake(CachedSequence source, int length)
    {
        if (length > source.Settled)
            return false;
        bool whole = length == source.Total && source.Settled == source.Total;
        return whole || CanCut(source);
    }

    /// <summary>Whether a sequence can lose tokens at its end and go on.</summary>
    internal bool CanCut(CachedSequence sequence) => !Recurrent && (Window == 0 || sequence.Peak < Window);
}
