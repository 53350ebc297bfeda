namespace LlamaSpan;

/// <summary>When to try again what did not pay: ever more rarely, and at once after it paid.</summary>
internal sealed class Retries
{
    private const int LongestPause = 64;

    private int _pause = 1, _waiting;

    /// <summary>True if it is time.</summary>
    internal bool IsDue()
    {
        if (_waiting-- > 0)
            return false;
        _waiting = _pause;
        _pause = Math.Min(LongestPause, _pause * 2);
        return true;
    }

    /// <summary>Told that it pays.</summary>
    internal void Pays() => (_pause, _waiting) = (1, 1);
}
