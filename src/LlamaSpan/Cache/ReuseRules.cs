namespace LlamaSpan;

/// <summary>Which of a sequence's cells another sequence may take, or the sequence itself may drop, without losing what later tokens look at.</summary>
/// <param name="Recurrent">
/// True if the model has a recurrent state: only a whole sequence can be copied, none can be shortened, and copies take cells of their own.
/// </param>
/// <param name="Window">
/// The sliding window, 0 without one. llama.cpp gives cells that only one sequence has, and that lie behind its window, to others, also in
/// a cache of full size (llama-kv-cache.cpp, find_slot): a sequence that reached the window's length can be continued, not cut.
/// </param>
/// <param name="OwnBuffers">True if each sequence has a buffer of its own: copies are whole, are made by the next decode, and take cells of their own.</param>
internal readonly record struct ReuseRules(bool Recurrent, int Window, bool OwnBuffers = false)
{
    /// <summary>
    /// Cells of a buffer that are copied in about the time of computing a token of a prompt with the smallest models, as the rows
    /// <c>layout.copy</c> of <c>bench ratios</c> measure it; larger ones compute longer for each cell. Less is not worth a copy.
    /// </summary>
    internal const int CellsPerToken = 256;

    /// <summary>True if sequences with the same tokens have cells each.</summary>
    internal bool CopiesCells => Recurrent || OwnBuffers;

    /// <summary>Fewer tokens than this are computed rather than taken from another sequence.</summary>
    /// <param name="cells">Cells that a sequence can have.</param>
    internal int LeastTaken(int cells) => OwnBuffers ? Math.Max(1, cells / CellsPerToken) : 1;

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
