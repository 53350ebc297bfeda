namespace LlamaSpan;

/// <summary>Why an engine did not answer a request.</summary>
public enum RequestFailure
{
    /// <summary>As many requests as <see cref="EngineOptions.MaxWaiting"/> allows were waiting.</summary>
    QueueFull,

    /// <summary>Its <see cref="RequestOptions.Timeout"/> passed.</summary>
    TimedOut,

    /// <summary>The cache has no room for it beside what is pinned, even if nothing else runs.</summary>
    CacheTooSmall,

    /// <summary>As many prefixes are pinned as <see cref="EngineOptions.CachedSequences"/> allows.</summary>
    TooManyPins,

    /// <summary>The engine was disposed.</summary>
    EngineStopped,

    /// <summary>The engine met an error that it cannot go on after; see the inner exception.</summary>
    EngineFailed,
}
