namespace LlamaSpan;

/// <summary>Why a decode or encode did not succeed.</summary>
public enum DecodeFailure
{
    /// <summary>The cache has no room for the batch; nothing was changed. Free some cells or use a larger context.</summary>
    NoKvSlot,

    /// <summary>The abort callback stopped it; micro-batches already processed were removed again.</summary>
    Aborted,

    /// <summary>llama.cpp refused the batch (positions or sequences do not fit the cache); nothing was changed.</summary>
    InvalidBatch,

    /// <summary>The computation failed (memory, device); the sequences of the batch may hold part of it.</summary>
    Failed,
}
