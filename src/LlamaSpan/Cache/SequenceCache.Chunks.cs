using System.Runtime.InteropServices;

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
        : Rules.OwnBuffers ? "Each sequence has a buffer of its own (EngineOptions.CacheLayout), and parts of one cannot be copied to another."
        : Rules.Window > 0 ? "The model has a sliding window, whose cells may be given to others."
        : _cells.CanShift ? null
        : "llama.cpp cannot move this model's cells, or its rotary embedding is scaled (YaRN or an attention factor) so that a move would change others.";

    /// <summary>Copies what is cached of a request's documents and moves the copies; keys are rotated with the next decode, all at once.</summary>
    /// <returns>False if it has to wait for the next step.</returns>
    internal bool TryPrepare(MovedChunks chunks, CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens)
    {
        if (WhyNotMove is null && _context.HasPendingMoves)
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

    /// <summary>
    /// The documents that are cached somewhere behind the prompt's beginning, whose first tokens draw much attention and so must be the same.
    /// Of several places the nearest counts: there about as much stood in front as does now. The first document's place counts only where
    /// there is no other: without a document in front its cells differ most from those anywhere else.
    /// </summary>
    private List<CachedChunk> FindChunks(ChunkReuse reuse, CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens)
    {
        List<CachedChunk> found = [];
        if (reuse.Documents.Count == 0)
            return found;
        int head = reuse.Documents[0].Start;
        List<(CachedSequence Source, LlamaToken[] Path)> paths = PathsBehind(name, tokens[..head]);
        foreach (DocumentSegment document in reuse.Documents)
        {
            int length = document.Count - reuse.RecomputedTokens;
            if (!document.IsStable || length <= 0 || document.End <= sequence.Total)
                continue;
            (CachedSequence? source, int start) = Nearest(paths, tokens[document.Start..document.End], head, document.Start);
            if (source is null)
                continue;
            _tree.Touch(source.Node);
            found.Add(new CachedChunk(source.Sequence, start + reuse.RecomputedTokens, length, document.Start - start));
        }
        return found;
    }

    /// <summary>The sequences of a namespace that begin with some tokens, with all that is decoded of their paths.</summary>
    private List<(CachedSequence Source, LlamaToken[] Path)> PathsBehind(string name, ReadOnlySpan<LlamaToken> head)
    {
        List<(CachedSequence, LlamaToken[])> paths = [];
        foreach (CachedSequence source in _kept.Concat(_running))
        {
            if (source.Length <= head.Length)
                continue;
            (string owner, LlamaToken[] path) = PrefixTree.PathOf(source);
            if (owner == name && path.AsSpan().StartsWith(head))
                paths.Add((source, path[..Math.Min(path.Length, source.Settled)]));
        }
        return paths;
    }

    private static (CachedSequence? Source, int Start) Nearest(
        List<(CachedSequence Source, LlamaToken[] Path)> paths, ReadOnlySpan<LlamaToken> document, int from, int wanted)
    {
        (CachedSequence? Source, int Start) nearest = default;
        ReadOnlySpan<int> ids = MemoryMarshal.Cast<LlamaToken, int>(document);
        foreach ((CachedSequence source, LlamaToken[] path) in paths)
        {
            ReadOnlySpan<int> text = MemoryMarshal.Cast<LlamaToken, int>(path);
            for (int at = from; at < text.Length && text[at..].IndexOf(ids) is >= 0 and int step; at += step + 1)
                if (nearest.Source is null || Cost(at + step) < Cost(nearest.Start))
                    nearest = (source, at + step);
        }
        return nearest;

        int Cost(int start) => Math.Abs(start - wanted) + (start == from && wanted != from ? LlamaContext.HighestPosition : 0);
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
