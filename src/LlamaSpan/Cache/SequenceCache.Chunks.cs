namespace LlamaSpan;

/// <content>Documents at other places than they were computed at.</content>
internal sealed partial class SequenceCache
{
    private readonly List<MovedChunks> _moved = [];

    /// <summary>Cells of moved documents that no request has taken yet.</summary>
    internal int MovedCells
    {
        get
        {
            int count = 0;
            foreach (MovedChunks chunks in _moved)
                count += chunks.Cells;
            return count;
        }
    }

    /// <summary>The sequences that hold them.</summary>
    internal IEnumerable<Sequence> MovedSequences => _moved.Select(chunks => chunks.Holder!.Value);

    /// <summary>Why cells cannot be moved with this model; null if they can.</summary>
    internal string? WhyNotMove =>
        Rules.Recurrent ? "The model has a recurrent state, which has no parts."
        : Rules.Window > 0 ? "The model has a sliding window, whose cells may be given to others."
        : _cells.CanShift ? null
        : "llama.cpp cannot move this model's cells, or its rotary embedding is scaled (YaRN or an attention factor) so that a move would change others.";

    /// <summary>Copies what is cached of a request's documents and moves the copies; keys are rotated with the next decode, all at once.</summary>
    /// <returns>False if it has to wait for the next step.</returns>
    internal bool TryPrepare(MovedChunks chunks, CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens)
    {
        if (_context.IsShiftPending)
            return false;      // cells can be copied only with their keys rotated
        chunks.IsPrepared = true;
        if (WhyNotMove is not null)
            return true;
        int cells = FindChunks(chunks.Reuse, sequence, name, tokens).Sum(chunk => chunk.Length);
        if (cells == 0 || !MakeRoom(cells) || !MakeIdFree())
            return true;
        List<CachedChunk> found = FindChunks(chunks.Reuse, sequence, name, tokens);      // making room may have cost some
        if (found.Count == 0)
            return true;
        List<NativeBuffer> copies = [.. found.Select(Copy)];
        chunks.Holder = _pool.TakeForKeeping();
        _moved.Add(chunks);
        for (int i = 0; i < found.Count; i++)
            Place(found[i], copies[i], chunks);
        return true;
    }

    /// <summary>Gives a request the moved cells that stand behind its own.</summary>
    /// <returns>How many.</returns>
    internal int TakeMoved(MovedChunks chunks, CachedSequence sequence)
    {
        int before = sequence.Total;
        while (chunks.TryTake(sequence.Total, out (int Start, int End) tail))
        {
            Sequence holder = chunks.Holder!.Value;
            if (tail.End > sequence.Total)
            {
                _cells.Copy(holder, sequence.Sequence, sequence.Total, tail.End);
                sequence.Total = sequence.Settled = tail.End;
                sequence.Peak = Math.Max(sequence.Peak, tail.End);
                chunks.IsTaken = true;
            }
            _cells.Remove(holder, tail.Start, tail.End);
        }
        if (chunks.Cells == 0)
            Release(chunks);
        return sequence.Total - before;
    }

    /// <summary>Frees what was moved and not taken.</summary>
    internal void Release(MovedChunks chunks)
    {
        if (chunks.Holder is not { } holder)
            return;
        _cells.Remove(holder);
        _moved.Remove(chunks);
        _pool.Return(holder, running: false);
        chunks.Holder = null;
    }

    /// <summary>The documents that are cached behind the prompt's beginning, and stand further behind now.</summary>
    private List<CachedChunk> FindChunks(ChunkReuse reuse, CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens)
    {
        List<CachedChunk> found = [];
        if (_tree.TryRoot(name) is not { } root || reuse.Documents.Count == 0)
            return found;
        int head = reuse.Documents[0].Start;
        foreach (DocumentSegment document in reuse.Documents)
        {
            int length = document.Count - reuse.RecomputedTokens;
            if (!document.IsStable || length <= 0 || document.End <= sequence.Total || document.Start == head)
                continue;
            PrefixMatch match = PrefixTree.Find(root, [.. tokens[..head], .. tokens[document.Start..document.End]]);
            CachedSequence source = match.Node.AnyHolder();
            if (match.Length == head + document.Count && source.Settled >= match.Length)
                found.Add(new CachedChunk(source.Sequence, head + reuse.RecomputedTokens, length, document.Start - head));
        }
        return found;
    }

    private unsafe NativeBuffer Copy(CachedChunk chunk)
    {
        _cells.Copy(chunk.Source, _pool.Scratch, chunk.Start, chunk.Start + chunk.Length);
        int size = (int)_context.StateSize(_pool.Scratch);
        NativeBuffer copy = new((nuint)size);
        _context.SaveState(_pool.Scratch, new Span<byte>(copy.Pointer, size));
        _cells.Remove(_pool.Scratch);
        chunk.Size = size;
        return copy;
    }

    private unsafe void Place(CachedChunk chunk, NativeBuffer copy, MovedChunks chunks)
    {
        using (copy)
        {
            try
            {
                _context.LoadState(_pool.Scratch, new ReadOnlySpan<byte>(copy.Pointer, chunk.Size));
            }
            catch (StateException)
            {
                _cells.Remove(_pool.Scratch);      // to be computed
                return;
            }
        }
        int start = chunk.Start + chunk.Offset;
        _cells.Shift(_pool.Scratch, chunk.Start, chunk.Start + chunk.Length, chunk.Offset);
        _cells.Copy(_pool.Scratch, chunks.Holder!.Value, start, start + chunk.Length);
        _cells.Remove(_pool.Scratch);
        chunks.Add(start, start + chunk.Length);
    }

    /// <summary>Cells of a document in some sequence, and how far they have to move.</summary>
    private sealed record CachedChunk(Sequence Source, int Start, int Length, int Offset)
    {
        /// <summary>Bytes of their copy.</summary>
        internal int Size { get; set; }
    }
}
