namespace RagOverFolder;

/// <summary>Turns at the cursor of a terminal while something is computed, and leaves nothing behind.</summary>
sealed class WaitingSign : IDisposable
{
    const string Frames = @"|/-\";
    static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    readonly Lock _lock = new();
    readonly TextWriter? _terminal;
    readonly Timer? _timer;
    int _turns;
    bool _stopped;

    /// <summary>Starts turning.</summary>
    /// <param name="terminal">Where to; null where nobody watches.</param>
    public WaitingSign(TextWriter? terminal)
    {
        _terminal = terminal;
        if (terminal is not null)
            _timer = new Timer(_ => Turn(), null, s_interval, s_interval);
    }

    /// <summary>Erases it: other text may follow. Once more does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_stopped)
                return;
            _stopped = true;
            _timer?.Dispose();
            if (_turns > 0)
                _terminal!.Write("\b \b");
        }
    }

    void Turn()
    {
        lock (_lock)
        {
            if (_stopped)      // by then the timer had come already
                return;
            _terminal!.Write(_turns == 0 ? $"{Frames[0]}" : $"\b{Frames[_turns % Frames.Length]}");
            _turns++;
        }
    }
}
