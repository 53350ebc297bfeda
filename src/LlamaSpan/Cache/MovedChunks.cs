namespace LlamaSpan;

/// <summary>The documents of one request that were moved for it and wait until it has come to their places.</summary>
internal sealed class MovedChunks(ChunkReuse reuse)
{
    private readonly Queue<(int Start, int End)> _tails = [];

    internal ChunkReuse Reuse { get; } = reuse;

    /// <summary>The sequence that holds them; null if there are none.</summary>
    internal Sequence? Holder { get; set; }

    /// <summary>True once they were looked for.</summary>
    internal bool IsPrepared { get; set; }

    /// <summary>True once the request has any of them: what it computes from then on is approximate, no prefix for others.</summary>
    internal bool IsTaken { get; set; }

    /// <summary>Cells that are held.</summary>
    internal int Cells { get; private set; }

    /// <summary>How many tokens the request may compute before it comes to the next of them.</summary>
    internal int Until(int position) => _tails.TryPeek(out (int Start, int End) next) && next.Start > position ? next.Start - position : int.MaxValue;

    internal void Add(int start, int end)
    {
        _tails.Enqueue((start, end));
        Cells += end - start;
    }

    /// <summary>Gives the next one that begins at or before a position; those before are of no use any more.</summary>
    internal bool TryTake(int position, out (int Start, int End) tail)
    {
        if (!_tails.TryPeek(out tail) || tail.Start > position)
            return false;
        _tails.Dequeue();
        Cells -= tail.End - tail.Start;
        return true;
    }
}
