namespace LlamaSpan;

/// <summary>What an engine holds at one moment.</summary>
/// <param name="Running">Requests that run.</param>
/// <param name="Waiting">Requests that wait.</param>
/// <param name="CachedSequences">Sequences that are kept for later prompts.</param>
/// <param name="Namespaces">Namespaces that have anything in the cache.</param>
/// <param name="UsedCells">Cells of the cache that hold a token.</param>
/// <param name="LockedCells">Those of them that running requests and pinned prefixes need.</param>
/// <param name="Capacity">Cells of the cache.</param>
/// <param name="SavedBytes">Bytes of host memory that preempted requests hold.</param>
public sealed record EngineStatistics(
    int Running, int Waiting, int CachedSequences, int Namespaces, int UsedCells, int LockedCells, int Capacity, long SavedBytes);
