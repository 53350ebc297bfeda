namespace LlamaSpan;

/// <summary>How weights come into memory.</summary>
public enum LoadMode
{
    /// <summary>As suits the devices.</summary>
    Auto = -1,

    /// <summary>Read into memory.</summary>
    Read = 0,

    /// <summary>Mapped: pages come when used and are shared between processes.</summary>
    Map = 1,

    /// <summary>Read and locked in memory.</summary>
    Lock = 2,

    /// <summary>Mapped and locked.</summary>
    MapAndLock = 3,

    /// <summary>Read past the page cache.</summary>
    DirectIO = 4,
}
