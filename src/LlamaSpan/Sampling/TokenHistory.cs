namespace LlamaSpan;

/// <summary>
/// The tokens so far and, for the penalties, how often each occurs among the last <c>window</c> of them. Any number of tokens can be
/// taken back. Where neither penalties nor DRY look at them only their number is kept.
/// </summary>
internal sealed class TokenHistory(int window, bool recorded)
{
    private readonly TokenIndex _index = new();
    private int[] _counts = new int[64];
    private int[] _tokens = new int[256];

    /// <summary>How many tokens there are.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens, oldest first; empty where they are not recorded.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, recorded ? Count : 0);

    /// <summary>The different tokens of the window, in no particular order.</summary>
    public ReadOnlySpan<int> WindowTokens => _index.Tokens;

    /// <summary>How often each of <see cref="WindowTokens"/> occurs in the window.</summary>
    public ReadOnlySpan<int> WindowCounts => _counts.AsSpan(0, _index.Count);

    /// <summary>Makes room, so that histories up to this length allocate nothing more.</summary>
    public void Reserve(int tokens)
    {
        if (recorded && tokens > _tokens.Length)
            Array.Resize(ref _tokens, tokens);
        _index.Reserve(Math.Min(tokens, window));
        Array.Resize(ref _counts, _index.Capacity);
    }

    /// <summary>Appends a token.</summary>
    public void Add(int token)
    {
        Count++;
        if (!recorded)
            return;
        if (Count > _tokens.Length)
            Array.Resize(ref _tokens, 2 * _tokens.Length);
        _tokens[Count - 1] = token;
        if (window == 0)
            return;
        Increment(token);
        if (Count > window)
            Decrement(_tokens[Count - 1 - window]);
    }

    /// <summary>Takes back the last tokens.</summary>
    public void Remove(int tokens)
    {
        if (window == 0)
        {
            Count -= tokens;
            return;
        }
        for (; tokens > 0; tokens--)
        {
            int token = _tokens[--Count];
            Decrement(token);
            if (Count >= window)
                Increment(_tokens[Count - window]);
        }
    }

    /// <summary>Takes back everything.</summary>
    public void Clear()
    {
        _index.Clear();
        Count = 0;
    }

    /// <summary>A copy that goes its own way.</summary>
    public TokenHistory Clone()
    {
        var copy = new TokenHistory(window, recorded) { _counts = [.. _counts], _tokens = [.. _tokens], Count = Count };
        copy._index.CopyFrom(_index);
        return copy;
    }

    private void Increment(int token)
    {
        int place = _index.FindOrAdd(token, out bool added);
        if (_counts.Length < _index.Capacity)
            Array.Resize(ref _counts, _index.Capacity);
        _counts[place] = added ? 1 : _counts[place] + 1;
    }

    private void Decrement(int token)
    {
        int place = _index.Find(token);
        if (--_counts[place] > 0)
            return;
        _index.RemoveAt(place);
        _counts[place] = _counts[_index.Count];
    }
}
